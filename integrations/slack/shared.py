"""One question at a time about one thing, whoever asks."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Those who ask the same while somebody asks it share the answer or the failure. Thread-safe; remembers nothing."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asking: dict[str, Future[T]] = {}

    def ask(self, about: str, question: Callable[[], T]) -> T:
        """Ask, or wait for who does; raises what the question raises."""
        mine: Future[T] = Future()
        with self._lock:
            asked = self._asking.setdefault(about, mine)
        if asked is mine:
            try:
                asked.set_result(question())
            except BaseException as failure:  # noqa: BLE001  # whatever it is, those who wait must hear of it
                asked.set_exception(failure)
            with self._lock:
                del self._asking[about]
        return asked.result()
