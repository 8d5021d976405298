"""People and groups that an administrator let in."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.conversation import PersonId


class Admissions(Protocol):
    """Shared by all workers; an admission works at once."""

    def admitted(self, ids: Sequence[PersonId]) -> bool:
        """Tell whether any of these ids (a person, a Telegram group) was let in."""

    def admit(self, person: PersonId, *, by: PersonId) -> None:
        """Let a person or group in; twice is once."""
