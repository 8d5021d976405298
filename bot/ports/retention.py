"""How what is over and done with is forgotten."""

from typing import Protocol


class Retention(Protocol):
    """Works from the oldest on, in batches of a few thousand rows; safe to repeat, and to break off at any point."""

    def forget(self, *, days: int, batches: int) -> int:
        """Delete events settled, with their turns, replies sent and calls made longer ago; return how many rows.

        What is open or buried stays, and so does what each conversation knows of itself, and what the calls of each day
        cost, without the people. batches: of each kind.
        """

    def forget_audit(self, *, days: int, batches: int) -> int:
        """Delete lines of the audit that are older; return how many."""
