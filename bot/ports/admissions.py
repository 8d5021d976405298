"""People: whom an administrator let in, and what they last wrote."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.conversation import PersonId


class Admissions(Protocol):
    """Shared by all workers; an admission works at once."""

    def admitted(self, ids: Sequence[PersonId]) -> bool:
        """Tell whether any of these ids (a person, a Telegram group) was let in."""

    def admit(self, person: PersonId, *, by: PersonId) -> None:
        """Let a person or group in; twice is once."""

    def last_words(self, person: PersonId) -> str | None:
        """Return what the person last wrote to Maru in a message of late; None if they wrote none."""
