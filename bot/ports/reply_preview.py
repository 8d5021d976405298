"""Signs of life while Maru works. Ephemeral: a lost preview loses nothing (law 5)."""

from contextlib import AbstractContextManager
from typing import Protocol

from bot.domain.conversation import Address
from bot.domain.events import EventId


class ReplyPreview(Protocol):
    """Shows a person that Maru works on it. Never raises, never blocks the turn."""

    def working(self, address: Address, event: EventId) -> AbstractContextManager[None]:
        """Show a sign (reaction, typing, status) at once and keep it alive until the block ends."""

    def stage(self, event: EventId, words: str) -> None:
        """Say what is being done now, where the platform can show it."""
