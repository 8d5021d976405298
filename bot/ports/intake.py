"""The door of the house: gateways hand every event to it before they acknowledge."""

from typing import Protocol

from bot.domain.events import Incoming


class Intake(Protocol):
    """Keeps an event."""

    def __call__(self, event: Incoming) -> bool:
        """Return once the event is committed: True if it is new, False if it was kept before (a change: had no effect).

        Raises DatabaseUnavailable or TooMuchAtOnce: nothing was kept, so the platform must not get its acknowledgement.
        """
