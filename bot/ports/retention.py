"""How what is over and done with is forgotten."""

from typing import Protocol


class Retention(Protocol):
    """Works from the oldest on, in batches of a few thousand rows; safe to repeat, and to break off at any point."""

    def forget(self, *, days: int, batches: int) -> int:
        """Delete events settled, with their turns, and replies sent longer ago; return how many rows of both.

        What is open or buried stays, and so does what each conversation knows of itself. batches: of each kind.
        """

    def forget_audit(self, *, days: int, batches: int) -> int:
        """Delete lines of the audit that are older; return how many."""
