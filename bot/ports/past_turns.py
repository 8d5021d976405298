"""What was asked, and the account of how it was answered: what Maru learns from."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from bot.domain.messages import Receipt


@dataclass(frozen=True, slots=True)
class PastTurn:
    """A message as its person wrote it, where it was said (platform and channel), and the turn's receipt."""

    question: str
    channel: str
    receipt: Receipt


class PastTurns(Protocol):
    """The settled turns that are still kept."""

    def newest(self, limit: int) -> Iterable[PastTurn]:
        """Return answered messages, newest first, no apologies among them. Raises DatabaseUnavailable."""
