"""What a process does in one thread at a time, however many ask for it."""

from collections.abc import Callable
from threading import Lock


class OneAtATime:
    """Work that a second caller leaves to the first, who does it once more: whatever they came for is seen to.

    Why: a dispatcher waits for free hands. Were each ring to wait for them, the rings of one busy queue would hold all
    of Celery's threads, and the process would be deaf to its other queues.
    """

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._lock = Lock()
        self._asked = False

    def __call__(self) -> None:
        """Do it, or see to it that who does it now does it again; raises what the work raises."""
        self._asked = True
        # Looked at after the lock is free: who found it taken had asked before.
        while self._asked and self._lock.acquire(blocking=False):
            try:
                self._asked = False
                self._work()
            finally:
                self._lock.release()
