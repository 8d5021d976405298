"""What was said in a channel of late, to people and not to Maru."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.conversation import Address


class ChannelHistory(Protocol):
    """Reads a channel for those who read it anyway: what it returns is said there and nowhere else. Thread-safe."""

    def last_day(self, address: Address) -> Sequence[str] | None:
        """Return the messages of the last 24 hours, oldest first and without Maru's own; None where none can be read.

        Raises PlatformUnavailable, PlatformRateLimited.
        """
