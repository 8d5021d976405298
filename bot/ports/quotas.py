"""How much may be spent, and what is spent of it."""

from typing import Protocol

from bot.domain.conversation import PersonId
from bot.domain.money import Quota, QuotaUse


class Quotas(Protocol):
    """One quota for each scope."""

    def set(self, quota: Quota, *, by: PersonId) -> None:
        """Keep a quota instead of the scope's earlier one."""

    def remove(self, scope: str) -> bool:
        """Remove a scope's quota; False if there is none."""

    def uses(self) -> list[QuotaUse]:
        """Return all quotas by scope, each with what is spent of it in the present day or month of UTC.

        Cheap when it is asked again and again.
        """
