"""What a door does without when one person floods it: hearing that person."""

from typing import Protocol

from bot.domain.events import Incoming


class Shedding(Protocol):
    """Knows who is not heard for the moment. Thread-safe; it costs no more than a look at a dictionary."""

    def sheds(self, event: Incoming) -> bool:
        """Tell whether the platform shall keep the event for now, and deliver it again later."""
