"""What a look at one part may come to, for `maru doctor`."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.errors import PermanentError
from workers.settings import Settings

SECONDS = 5.0
"""For every look."""


class Ill(PermanentError):
    """Something is wrong; the message says what, and `cure` how to mend it."""

    def __init__(self, message: str, *, cure: str) -> None:
        super().__init__(message)
        self.cure = cure


class Doubtful(Ill):
    """Something looks wrong and may be right; it is shown, and does not count as wrong."""


@dataclass(frozen=True, slots=True)
class Check:
    """One look: what it is about, and a function that says what is well, or raises MaruError."""

    name: str
    look: Callable[[Settings], str]
