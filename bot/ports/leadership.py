"""Which of several processes does what only one may do at a time."""

from typing import Protocol


class Leadership(Protocol):
    """One role, held by one process at most. To be asked again every few seconds: it passes on when its holder dies."""

    def held(self) -> bool:
        """Take the role if it is free; True while it is ours. Never waits for it. Raises DatabaseUnavailable."""

    def give_up(self) -> None:
        """Let another process have it now. Safe to repeat; never raises."""
