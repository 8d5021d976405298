"""The one setting that trades cost for quality, for all processes."""

from typing import Protocol

from bot.domain.conversation import PersonId


class RouterDial(Protocol):
    """The threshold at which the ladder router starts a ladder, where an administrator has set one."""

    def threshold(self) -> float | None:
        """Return it, 0 to 1; None while nobody has set it. Raises DatabaseUnavailable."""

    def turn(self, threshold: float, *, by: PersonId) -> None:
        """Set it for everybody."""
