"""Keeps the conversations of the turns in flight: one renewal a process, whatever their number."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bot.domain.conversation import ConversationId
from bot.domain.errors import Cancelled, LeaseLost, MaruError
from bot.ports.inbox import Claim
from bot.ports.interruptions import Interruption, Interruptions
from bot.ports.lease import ConversationLease

RENEW_EVERY_SECONDS = 2.5
"""A quarter of the lease: three renewals may fail before it is lost."""

TURN_SECONDS = 120.0
"""A turn's deadline: two models may use up their own, and quoting is left."""

_log = logging.getLogger(__name__)


class TurnCancellation:
    """`Cancellation` of one turn: a deadline, and a flag that the guard sets when the lease is lost."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._lost = threading.Event()

    def remaining(self) -> float:
        """Return the seconds left before the deadline, 0 once the lease is lost."""
        return 0.0 if self._lost.is_set() else self._deadline - time.monotonic()

    def cancelled(self) -> bool:
        """Tell whether work should stop now."""
        return self.remaining() <= 0

    def check(self) -> None:
        """Raise Cancelled if work should stop now."""
        if self._lost.is_set():
            raise LeaseLost("the lease was lost")
        if self.cancelled():
            raise Cancelled("the turn took longer than its time limit")

    def lose(self) -> None:
        """Say that another worker may hold the conversation now."""
        self._lost.set()


class LeaseKeeper:
    """`TurnGuard`: a thread renews all held leases in one statement every few seconds, another hears interruptions."""

    def __init__(
        self,
        lease: ConversationLease,
        *,
        lease_seconds: float,
        interruptions: Interruptions | None = None,
        turn_seconds: float = TURN_SECONDS,
        renew_every: float = RENEW_EVERY_SECONDS,
    ) -> None:
        self._lease = lease
        self._renew_every = renew_every
        self._lease_seconds = lease_seconds
        self._turn_seconds = turn_seconds
        self._held: dict[tuple[ConversationId, int], TurnCancellation] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._renew_forever, name="lease-keeper", daemon=True).start()
        if interruptions is not None:
            listen = partial(self._listen, interruptions)
            threading.Thread(target=listen, name="interruptions", daemon=True).start()

    @contextmanager
    def hold(self, claim: Claim) -> Iterator[TurnCancellation]:
        """Guard one claim until the block ends."""
        key = (claim.conversation, claim.fence)
        cancellation = TurnCancellation(time.monotonic() + self._turn_seconds)
        with self._lock:
            self._held[key] = cancellation
        try:
            yield cancellation
        finally:
            with self._lock:
                self._held.pop(key, None)

    def _listen(self, interruptions: Interruptions) -> None:
        for interruption in interruptions.follow():
            self._interrupt(interruption)

    def _interrupt(self, interruption: Interruption) -> None:
        with self._lock:
            held = dict(self._held)
        for (conversation, fence), cancellation in held.items():
            if conversation == interruption.conversation and fence < interruption.fence:
                cancellation.lose()

    def _renew_forever(self) -> None:
        while True:
            time.sleep(self._renew_every)
            self._renew()

    def _renew(self) -> None:
        with self._lock:
            held = dict(self._held)
        if not held:
            return
        try:
            lost = self._lease.renew(list(held), lease_seconds=self._lease_seconds)
        except MaruError as error:  # of whatever kind: without this thread every later turn of the process is lost
            _log.warning("leases not renewed", extra={"why": str(error)})  # the fence still guards every commit
            return
        for (conversation, _), cancellation in held.items():
            if conversation in lost:
                cancellation.lose()
