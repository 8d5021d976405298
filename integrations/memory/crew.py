"""A crew of one, who does everything at once."""

from collections.abc import Callable


class InlineCrew:
    """`Crew` that works in the caller's own thread."""

    def free(self) -> int:
        """Return a few: nothing is ever in hand."""
        return 4

    def do(self, work: Callable[[], None]) -> None:
        """Do it now."""
        work()
