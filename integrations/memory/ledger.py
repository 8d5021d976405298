"""What calls cost, and the quotas on it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.domain.conversation import PersonId
from bot.domain.messages import ModelCall
from bot.domain.money import CostLine, Dimension, Quota, QuotaPeriod, QuotaUse, Spent
from integrations.memory.database import LedgerRow, MemoryDatabase


class InMemoryLedger:
    """`Ledger` over the same rows; nothing is ever folded."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def record(self, calls: Sequence[ModelCall], *, person: PersonId, channel: str, skill: str) -> None:
        """Keep calls that belong to no turn."""
        with self._database.lock:
            now = self._database.clock.now()
            self._database.ledger += [LedgerRow(now, person, channel, skill, call) for call in calls]

    def costs(self, *, since: float, by: Dimension, person: PersonId | None = None) -> list[CostLine]:
        """Return what was spent since a midnight of UTC, dearest first."""
        groups: defaultdict[str, list[ModelCall]] = defaultdict(list)
        with self._database.lock:
            for row in self._database.ledger:
                if row.at >= since and person in (None, row.person):
                    groups[_name(row, by)].append(row.call)
        lines = [CostLine(name, _sum(calls)) for name, calls in groups.items()]
        return sorted(lines, key=lambda one: (-one.spent.usd, -one.spent.reference_usd, one.name))

    def began(self) -> float | None:
        """Return when the first call was."""
        with self._database.lock:
            return self._database.ledger[0].at if self._database.ledger else None


class InMemoryQuotas:
    """`Quotas` over the same rows."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._quotas: dict[str, Quota] = {}

    def set(self, quota: Quota, *, by: PersonId) -> None:
        """Keep a quota instead of the scope's earlier one."""
        self._quotas[quota.scope] = quota

    def remove(self, scope: str) -> bool:
        """Remove a scope's quota; False if there is none."""
        return self._quotas.pop(scope, None) is not None

    def uses(self) -> list[QuotaUse]:
        """Return all quotas by scope, each with what is spent of it."""
        with self._database.lock:
            now = self._database.clock.now()
            return [QuotaUse(one, self._spent(one, now)) for _, one in sorted(self._quotas.items())]

    def _spent(self, quota: Quota, now: float) -> float:
        start = _start(quota.period, now)
        return sum(row.call.usd for row in self._database.ledger if row.at >= start and _within(row, quota.scope))


def _start(period: QuotaPeriod, now: float) -> float:
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return (today.replace(day=1) if period == "month" else today).timestamp()


def _within(row: LedgerRow, scope: str) -> bool:
    kind, _, name = scope.partition(":")
    return not name or name == (row.person if kind == "person" else row.channel)


def _name(row: LedgerRow, by: Dimension) -> str:
    match by:
        case "person":
            return row.person
        case "channel":
            return row.channel
        case "skill":
            return row.skill
        case "model":
            return row.call.model
        case "day":
            return datetime.fromtimestamp(row.at, UTC).date().isoformat()


def _sum(calls: Sequence[ModelCall]) -> Spent:
    return Spent(
        calls=len(calls),
        input_tokens=sum(call.input_tokens for call in calls),
        output_tokens=sum(call.output_tokens for call in calls),
        seconds=sum(call.seconds for call in calls),
        usd=sum(call.usd for call in calls),
        reference_usd=sum(call.reference_usd for call in calls),
    )
