"""Rings through Celery, off the caller's path: a dead broker costs nobody a millisecond."""

import logging
import time
from collections import Counter
from threading import Condition, Thread

from celery import Celery
from kombu.exceptions import KombuError, OperationalError
from redis.exceptions import RedisError

from bot.ports.doorbell import Bell

TASKS: dict[Bell, str] = {
    Bell.DIALOGUE: "maru.answer",
    Bell.DELIVERY: "maru.deliver",
    Bell.INDEXING: "maru.index",
}
"""Which task a bell runs; the queue has the bell's own name."""

EXPIRES_SECONDS = 30
"""A ring that nobody heard by then is worthless: upkeep rings again, and no queue may grow while workers are away."""

GATHER_SECONDS, MOST_GATHER_SECONDS = 0.02, 0.1
"""Rings of one bell within this time of the last one become one; the first goes at once, so rare rings never wait.
It grows with what the last one gathered, up to the most: publishing costs a millisecond, and the busier the bell, the
surer it is that a worker is awake already."""

_log = logging.getLogger(__name__)


class CeleryDoorbell:
    """`Doorbell`: one thread publishes; messages carry no payload at all, so one ring serves any number of rows."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._changed = Condition()
        self._due: dict[Bell, float] = {}
        self._quiet_until: dict[Bell, float] = {}
        self._gathered: Counter[Bell] = Counter()
        self._busy = False
        Thread(target=self._publish_forever, name="doorbell", daemon=True).start()

    def ring(self, bell: Bell) -> None:
        """Wake a worker of this queue, soon."""
        with self._changed:
            self._gathered[bell] += 1
            if bell not in self._due:
                self._due[bell] = self._quiet_until.get(bell, 0.0)
                self._changed.notify_all()

    def flush(self, seconds: float) -> None:
        """Wait up to `seconds` until what rang is published: for processes that are about to end."""
        with self._changed:
            self._changed.wait_for(lambda: not self._due and not self._busy, seconds)

    def trouble(self) -> str | None:
        """Return None if the broker answers within two seconds, else what is wrong in words."""
        try:
            with self._app.connection_for_write(connect_timeout=2) as connection:
                connection.ensure_connection(max_retries=1, timeout=2)
        except (OperationalError, KombuError, RedisError, OSError) as error:
            return f"does not answer ({type(error).__name__}); events are kept and answered once it is back"
        return None

    def _publish_forever(self) -> None:
        while True:
            bell = self._next()
            try:
                self._app.send_task(TASKS[bell], queue=bell.value, retry=False, expires=EXPIRES_SECONDS)
            except (OperationalError, KombuError, RedisError, OSError) as error:
                _log.warning("ring lost", extra={"bell": bell, "why": type(error).__name__})
            except Exception:  # noqa: BLE001  # the edge of the thread: without it no bell would ring any more
                _log.exception("ring lost", extra={"bell": bell})

    def _next(self) -> Bell:
        """Wait for the next ring that is due, and take it."""
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            while True:
                bell = min(self._due, key=lambda one: self._due[one], default=None)
                pause = self._due[bell] - time.monotonic() if bell else None
                if bell and pause is not None and pause <= 0:
                    break
                self._changed.wait(pause)
            del self._due[bell]
            gathering = min(GATHER_SECONDS * self._gathered.pop(bell), MOST_GATHER_SECONDS)
            self._quiet_until[bell] = time.monotonic() + gathering
            self._busy = True
            return bell
