"""How far a person may go now: what quotas allow, remembered for a few seconds so that a turn asks nobody."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

from bot.domain.conversation import PersonId
from bot.domain.errors import DatabaseUnavailable
from bot.domain.money import WORKSPACE_SCOPE, QuotaUse, Reach
from bot.ports.clock import Clock
from bot.ports.quotas import Quotas

STALE_SECONDS = 5.0
"""How old a sum may be: what is spent meanwhile is spent beyond the quota."""

SMALL_UNTIL = 1.25
"""How many times the quota small models may go on to; then nothing is left but what costs nothing."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How large a model may be, and the quota that says so; None where none does."""

    most: Reach
    quota: QuotaUse | None = None


FREE = Allowance("large")


def allowance(uses: Mapping[str, QuotaUse], *, person: PersonId, channel: str) -> Allowance:
    """Return the narrowest of what the quotas by scope say: of the person, the channel and the workspace. Pure."""
    scopes = (f"person:{person}", f"channel:{channel}", WORKSPACE_SCOPE)
    over = [use for scope in scopes if (use := uses.get(scope)) is not None and use.usd >= use.quota.usd]
    if not over:
        return FREE
    spent = [use for use in over if use.usd >= use.quota.usd * SMALL_UNTIL]
    return Allowance("none", spent[0]) if spent else Allowance("small", over[0])


class Allowances:
    """What quotas allow, by sums of at most STALE_SECONDS ago. Thread-safe.

    One turn asks the database for all when they are older; others go on with the old ones meanwhile, and so does
    everybody while the database is away.
    """

    def __init__(self, quotas: Quotas, *, clock: Clock) -> None:
        self._quotas = quotas
        self._clock = clock
        self._asking = Lock()
        self._asked_at: float | None = None
        self._uses: Mapping[str, QuotaUse] = {}

    def of(self, person: PersonId, channel: str) -> Allowance:
        """Return how far the person may go in the channel. Never raises."""
        if self._stale() and self._asking.acquire(blocking=self._asked_at is None):
            try:
                self._refresh()
            finally:
                self._asking.release()
        return allowance(self._uses, person=person, channel=channel)

    def _stale(self) -> bool:
        return self._asked_at is None or self._clock.monotonic() - self._asked_at >= STALE_SECONDS

    def _refresh(self) -> None:
        if not self._stale():  # somebody else did, while this turn waited for the first sums
            return
        with suppress(DatabaseUnavailable):  # the turn itself will meet it, where it must
            self._uses = {use.quota.scope: use for use in self._quotas.uses()}
        self._asked_at = self._clock.monotonic()
