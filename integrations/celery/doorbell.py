"""Rings through Celery, off the caller's path: a dead broker costs nobody a millisecond."""

import logging
import queue
import threading
import time

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

GATHER_SECONDS = {Bell.DELIVERY: 0.05}
"""How long rings of one bell are gathered into one after the first, which goes at once. A post is quick, and a drain
goes on until nothing is left, so one ring serves several; a ring for a question starts a turn that may wait."""

_MOST_PENDING = 1_000
"""Rings kept while the broker is away; more are dropped, for upkeep rings again."""

_log = logging.getLogger(__name__)


class CeleryDoorbell:
    """`Doorbell`: one thread publishes; messages carry no payload at all."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._pending: queue.Queue[Bell] = queue.Queue(_MOST_PENDING)
        self._gathering: set[Bell] = set()
        self._rung: dict[Bell, float] = {}
        threading.Thread(target=self._publish_forever, name="doorbell", daemon=True).start()

    def ring(self, bell: Bell) -> None:
        """Wake a worker of this queue, soon; drops the ring if too many are pending."""
        if bell in GATHER_SECONDS:
            if bell in self._gathering:
                return  # one that is not published yet says the same
            self._gathering.add(bell)
        try:
            self._pending.put_nowait(bell)
        except queue.Full:
            self._gathering.discard(bell)
            _log.warning("ring dropped", extra={"bell": bell})

    def flush(self, seconds: float) -> None:
        """Wait up to `seconds` until pending rings are published: for processes that are about to end."""
        published = threading.Thread(target=self._pending.join, daemon=True)
        published.start()
        published.join(seconds)

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
            bell = self._pending.get()
            self._gather(bell)
            try:
                self._app.send_task(TASKS[bell], queue=bell.value, retry=False, expires=EXPIRES_SECONDS)
            except (OperationalError, KombuError, RedisError, OSError) as error:
                _log.warning("ring lost", extra={"bell": bell, "why": type(error).__name__})
            finally:
                self._pending.task_done()

    def _gather(self, bell: Bell) -> None:
        """Wait out the pause since this bell's last ring; what rings meanwhile is served by this one."""
        pause = self._rung.get(bell, 0.0) + GATHER_SECONDS.get(bell, 0.0) - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        self._rung[bell] = time.monotonic()
        self._gathering.discard(bell)
