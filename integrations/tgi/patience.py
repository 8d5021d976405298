"""How long one call may still wait: for its first token, for its last, and for the turn that asked."""

import time
from queue import Empty, SimpleQueue
from typing import TypeVar

from bot.domain.errors import ModelUnavailable
from bot.domain.models import ModelEntry
from bot.ports.cancellation import Cancellation

T = TypeVar("T")

POLL_SECONDS = 0.25
"""A cancelled turn is noticed within this time while the model is silent."""

_SHORTEST_WAIT = 0.001


class Patience:
    """The deadlines of one call. Keep-alive comments defeat a client's read timeout, so time is kept here."""

    def __init__(self, entry: ModelEntry, cancellation: Cancellation) -> None:
        self._entry = entry
        self._cancellation = cancellation
        self._started = time.monotonic()
        self._speaking = False

    def heard(self) -> None:
        """Note that the first token came: from now on only the total time counts."""
        self._speaking = True

    def left(self) -> float:
        """Return the seconds until the next deadline of the entry; raise Cancelled or, past it, ModelUnavailable."""
        self._cancellation.check()
        spent = time.monotonic() - self._started
        allowed = self._entry.total_seconds
        if not self._speaking:
            allowed = min(allowed, self._entry.first_token_seconds)
        if spent >= allowed:
            what = "did not finish its answer" if self._speaking else "said nothing"
            raise ModelUnavailable(f"{self._entry.name} {what} within {allowed:g} s: it is busy or stuck. Ask later.")
        return allowed - spent

    def ample(self) -> bool:
        """Tell whether a server that is asked now gets most of the time to its first token: the wait for a place is
        part of it, and no fault of the server's.
        """
        return time.monotonic() - self._started <= self._entry.first_token_seconds / 2

    def total_left(self) -> float:
        """Return the seconds until the call must be over, whoever waits for it."""
        return min(self._started + self._entry.total_seconds - time.monotonic(), self._cancellation.remaining())

    def pause(self) -> float:
        """Return the seconds to wait before looking again. Raises Cancelled or ModelUnavailable."""
        return max(min(self.left(), self._cancellation.remaining(), POLL_SECONDS), _SHORTEST_WAIT)

    def next_of(self, queue: "SimpleQueue[T]") -> T:
        """Take the next item. Raises Cancelled or ModelUnavailable."""
        while True:
            pause = self.pause()
            try:
                return queue.get(timeout=pause)
            except Empty:
                continue
