"""How often a platform may be called: counted for all workers together, never by one process alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Rate:
    """One limit of a platform: `burst` calls at once (a whole number), and `per_second` on average.

    In no span of s seconds are more than burst + per_second * s calls made. name: whose limit, such as `slack:T1:C1`.
    """

    name: str
    per_second: float
    burst: int


class RateLimiter(Protocol):
    """Buckets of tokens under their names; a bucket that nobody used for a while is full. Never raises."""

    def take(self, rates: Sequence[Rate], *, reserve: int = 0, waited: bool = False) -> float:
        """Take a token of each, and return 0; or take none, and return after how many seconds to ask again.

        Who is refused stands in line: each is told a later time than the one before, and who did not wait yet is
        refused while somebody stands there. waited: this caller comes as it was told.
        reserve: refuse while a bucket has no more than so many tokens besides the one asked for (a preview leaves
        them to finals, and does not stand in line).
        """

    def close(self, rates: Sequence[Rate], *, seconds: float) -> None:
        """Let nobody take from the first, the narrowest, for `seconds`: the platform said so.

        It reopens with one token. When two narrow ones are closed at the same time, the limit that was hit is the
        widest, the last: it is closed too.
        """
