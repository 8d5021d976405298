"""What was asked, and the account of how it was answered: what Maru learns from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from bot.domain.messages import Receipt


@dataclass(frozen=True, slots=True)
class PastTurn:
    """What was asked, where it was said (platform and channel), and the turn's receipt.

    question: standing alone where it was answered from knowledge, else as it was written.
    disputed: whether somebody was not content and asked the bigger model.
    """

    question: str
    channel: str
    receipt: Receipt
    disputed: bool = False


class PastTurns(Protocol):
    """The settled turns that are still kept."""

    def newest(self, limit: int) -> Iterable[PastTurn]:
        """Return answered messages and what bigger models answered at somebody's wish, newest first, no apologies.

        Raises DatabaseUnavailable.
        """
