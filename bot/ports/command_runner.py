"""How the Dialogue Manager reaches administration, which lives a layer above it."""

from typing import Protocol

from bot.domain.events import Event
from bot.domain.messages import Reply


class CommandRunner(Protocol):
    """Runs one administration command."""

    def __call__(self, line: str, event: Event) -> str | Reply:
        """Run `line` (what follows `/maru `) for the event's person and return the reply, or its text alone."""
