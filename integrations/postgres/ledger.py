"""What calls cost, and the quotas on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from pydantic import TypeAdapter

from bot.domain.conversation import PersonId
from bot.domain.messages import ModelCall
from bot.domain.money import CostLine, Dimension, Quota, QuotaUse, Spent
from integrations.postgres.pool import Pool, borrowed
from integrations.postgres.statements import statement

_CALLS: TypeAdapter[list[ModelCall]] = TypeAdapter(list[ModelCall])

_RECORD = statement("ledger_record")
_COSTS = statement("ledger_costs")
_BEGAN = statement("ledger_began")
_USES = statement("quota_uses")

_SET = """
INSERT INTO quota (scope, usd, period, set_by) VALUES (%s, %s, %s, %s)
ON CONFLICT (scope) DO UPDATE
SET usd = excluded.usd, period = excluded.period, set_by = excluded.set_by, set_at = clock_timestamp()
"""


class PostgresLedger:
    """`Ledger` over tables ledger and ledger_day."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def record(self, calls: Sequence[ModelCall], *, person: PersonId, channel: str, skill: str) -> None:
        """Commit calls that belong to no turn."""
        values = {"person": person, "channel": channel, "skill": skill, "calls": _CALLS.dump_json(list(calls)).decode()}
        with borrowed(self._pool) as connection:
            connection.execute(_RECORD, values)

    def costs(self, *, since: float, by: Dimension, person: PersonId | None = None) -> list[CostLine]:
        """Return what was spent since a midnight of UTC, dearest first."""
        with borrowed(self._pool) as connection:
            rows = connection.execute(_COSTS, {"since": since, "by": by, "person": person}).fetchall()
        return [CostLine(name, Spent(*sums)) for name, *sums in rows]

    def began(self) -> float | None:
        """Return when the first call was that is known of."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_BEGAN).fetchone()
        return row[0] if row else None


@dataclass(frozen=True, slots=True)
class _Known:
    """What was spent of a quota from the start of its period until `until`; seconds since the epoch."""

    start: float
    until: float
    usd: float


class PostgresQuotas:
    """`Quotas` over tables quota and ledger. Thread-safe.

    It remembers what was spent up to a minute ago and reads the rest. A row that is folded into its day counts no more
    for who had not read it by then: only where people are remembered for less than a month, in the quota of a month.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = Lock()
        self._known: dict[str, _Known] = {}

    def set(self, quota: Quota, *, by: PersonId) -> None:
        """Keep a quota instead of the scope's earlier one."""
        with borrowed(self._pool) as connection:
            connection.execute(_SET, (quota.scope, quota.usd, quota.period, by))

    def remove(self, scope: str) -> bool:
        """Remove a scope's quota; False if there is none."""
        with borrowed(self._pool) as connection:
            return connection.execute("DELETE FROM quota WHERE scope = %s", (scope,)).rowcount > 0

    def uses(self) -> list[QuotaUse]:
        """Return all quotas by scope, each with what is spent of it."""
        with self._lock:
            values = {
                "scopes": list(self._known),
                "starts": [one.start for one in self._known.values()],
                "froms": [one.until for one in self._known.values()],
            }
            with borrowed(self._pool) as connection:
                rows = connection.execute(_USES, values).fetchall()
            known, uses = {}, []
            for scope, usd, period, start, until, closed, fresh in rows:
                before = self._known.get(scope)
                kept = before.usd if before is not None and before.start == start else 0.0
                known[scope] = _Known(start, max(until, start), kept + closed)
                uses.append(QuotaUse(Quota(scope, usd, period), kept + closed + fresh))
            self._known = known
            return uses
