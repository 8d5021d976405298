"""Answers kept for a while, one question at a time about one thing."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from integrations.slack.shared import Shared

T = TypeVar("T")

MOST_KEPT = 10_000


class Kept(Generic[T]):
    """Remembers each answer for `seconds`, failures not at all. Thread-safe."""

    def __init__(self, *, seconds: float, monotonic: Callable[[], float], most: int = MOST_KEPT) -> None:
        self._seconds, self._monotonic, self._most = seconds, monotonic, most
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._asked: Shared[T] = Shared()

    def ask(self, about: str, question: Callable[[], T]) -> T:
        """Return what is known, or ask; raises what the question raises."""
        found = self._found(about)
        return self._asked.ask(about, lambda: self._learnt(about, question)) if found is None else found[0]

    def _found(self, about: str) -> tuple[T] | None:
        with self._lock:
            kept = self._known.get(about)
        return (kept[1],) if kept is not None and kept[0] > self._monotonic() else None

    def _learnt(self, about: str, question: Callable[[], T]) -> T:
        found = self._found(about)
        if found is not None:  # by somebody else, since it was looked for
            return found[0]
        until = self._monotonic() + self._seconds
        answer = question()
        with self._lock:
            self._known[about] = (until, answer)
            self._known.move_to_end(about)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return answer
