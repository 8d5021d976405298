"""What is known about where a doubtful reply may stand, on platforms that number their messages and show no history."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.messages import ReplyKey


@dataclass(frozen=True, slots=True)
class Traces:
    """Messages of the platform, people's and Maru's, as inbox and outbox name them: some hundred of about that time.

    before: they stood there when the try began that may have posted the reply. since: they came to be known later.
    murky: in the same place stands, or may appear while somebody looks, another post of ours that no row names.
    """

    before: Sequence[str]
    since: Sequence[str]
    murky: bool


class TraceBook(Protocol):
    """Lets a doubtful reply be looked for once: a look that was broken off is never begun again.

    A look by edits may leave the reply's mark on a wrong post. Who then looked again would take that one for the reply,
    and it would be lost.
    """

    def begin(self, key: ReplyKey) -> Traces | None:
        """Note that the look begins, and return what helps it; None if it may not begin. Raises DatabaseUnavailable."""

    def ours(self, names: Sequence[str]) -> frozenset[str]:
        """Return which of these posts a reply is known to have made, whenever. Raises DatabaseUnavailable."""

    def end(self, key: ReplyKey, *, gone: bool) -> None:
        """Note that the look left no mark, so that another one may begin. Raises DatabaseUnavailable.

        gone: it was looked for wherever it may stand; what is posted from now on is what the next look is about.
        """
