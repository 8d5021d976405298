"""The record of who was allowed or refused what."""

from typing import Protocol

from bot.domain.conversation import PersonId


class AuditLog(Protocol):
    """Append-only."""

    def record(self, *, person: PersonId, action: str, allowed: bool, detail: str) -> None:
        """Commit one line."""
