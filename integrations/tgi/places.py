"""A model's `max_in_flight` places, shared fairly between the people who wait for them."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from bot.domain.models import ModelLoad


class FairPlaces:
    """A semaphore whose free place goes to the person who holds the fewest, among equals to who had one longest ago.

    So one person's hundred calls delay another's one by no more than the next call that ends. Calls of one person keep
    their order. Thread-safe.
    """

    def __init__(self, size: int) -> None:
        self._free = self._size = size
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()
        self._waiting: dict[str, deque[threading.Event]] = {}
        self._turns = count(1)
        self._last: dict[str, int] = {}
        """When each person who holds or awaits a place last got one, as a running number."""

    @contextmanager
    def place(self, owner: str, pause: Callable[[], float]) -> Iterator[None]:
        """Hold one place for the block, waiting for it.

        pause: seconds to wait before it is asked again; what it raises ends the wait.
        """
        self._take(owner, pause)
        try:
            yield
        finally:
            with self._lock:
                self._give_back(owner)

    def load(self) -> ModelLoad:
        """Return how many places are held, and how many callers wait for one."""
        with self._lock:
            return ModelLoad(self._size - self._free, sum(map(len, self._waiting.values())))

    def _take(self, owner: str, pause: Callable[[], float]) -> None:
        turn = self._queued(owner)
        if turn is None:
            return
        try:
            while not turn.wait(pause()):
                pass
        except BaseException:
            self._leave(owner, turn)
            raise

    def _queued(self, owner: str) -> threading.Event | None:
        """Take a free place at once, or return what will be set with the place."""
        with self._lock:
            if self._free > 0:
                self._occupy(owner)
                return None
            turn = threading.Event()
            self._waiting.setdefault(owner, deque()).append(turn)
            return turn

    def _leave(self, owner: str, turn: threading.Event) -> None:
        with self._lock:
            if turn.is_set():  # granted in the same moment
                self._give_back(owner)
                return
            self._waiting[owner].remove(turn)
            if not self._waiting[owner]:
                del self._waiting[owner]
                if not self._held[owner]:
                    self._last.pop(owner, None)

    def _give_back(self, owner: str) -> None:
        self._free += 1
        self._held[owner] -= 1
        if not self._held[owner]:
            del self._held[owner]
            if owner not in self._waiting:
                self._last.pop(owner, None)
        if self._waiting:
            self._grant(min(self._waiting, key=lambda one: (self._held[one], self._last.get(one, 0))))

    def _grant(self, owner: str) -> None:
        turns = self._waiting[owner]
        turns.popleft().set()
        if not turns:
            del self._waiting[owner]
        self._occupy(owner)

    def _occupy(self, owner: str) -> None:
        self._free -= 1
        self._held[owner] += 1
        self._last[owner] = next(self._turns)
