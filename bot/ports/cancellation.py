"""How a turn in progress learns that it should stop."""

from typing import Protocol


class Cancellation(Protocol):
    """A flag with a deadline: set by a Stop request, a lost lease, or the turn's own time limit."""

    def remaining(self) -> float:
        """Return the seconds left before the deadline, 0 or less once cancelled."""

    def cancelled(self) -> bool:
        """Tell whether work should stop now."""

    def check(self) -> None:
        """Raise Cancelled if work should stop now."""
