"""Places to work side by side: how much this process does at once."""

from collections.abc import Callable
from typing import Protocol


class Crew(Protocol):
    """A bounded number of hands. Thread-safe."""

    def free(self) -> int:
        """Wait until a hand is free or the process stops; return how many are, 0 once it stops."""

    def do(self, work: Callable[[], None]) -> None:
        """Give the work to a free hand and go on at once; what it raises is logged, never lost silently."""
