"""Runs Celery's own processes with our application."""

import os
from contextlib import suppress
from pathlib import Path

from bot.domain.errors import SettingsInvalid
from bot.ports.doorbell import Bell
from workers.bootstrap.models import build_models
from workers.settings import Settings
from workers.tasks import app

NICENESS, NICENESS_OF_DELIVERY = 10, 5
"""Workers yield to the gateway: a platform waits three seconds for its acknowledgement, a person longer for an answer.
And answering yields to posting what is answered already.

Measured at 100 events/s on two cores: acknowledged after 2.2 ms instead of 2.9 (p50), 4 ms instead of 123 (p99).
"""

AUTOGROUP = Path("/proc/self/autogroup")


def work(settings: Settings, *, queues: str, threads: int) -> int:
    """Run a worker until it is told to stop. Raises SettingsInvalid, CatalogueInvalid or NotRunning.

    Celery has as many threads as there are queues. Any of them hears any ring, and each queue's work holds one at most
    (workers/tasks.py), so that none makes the process deaf to another. Turns and posts run in `threads` others.
    """
    _yield(NICENESS_OF_DELIVERY if queues == Bell.DELIVERY else NICENESS)
    build_models(settings)  # what is missing is said now: Celery only logs what its signals' receivers raise
    app.conf.maru_threads = threads
    app.worker_main(
        [
            "worker",
            *("--pool", "threads", "--concurrency", str(queues.count(",") + 1), "--queues", queues),
            *("--loglevel", settings.log_level, "--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]
    )
    return 0


def _yield(niceness: int) -> None:
    os.nice(niceness)
    # Where Linux groups processes by session, as it mostly does, niceness counts only within one, and each of ours has
    # its own. The group's niceness is a file; where there is none, there are no such groups.
    with suppress(OSError):
        AUTOGROUP.write_text(str(niceness), encoding="ascii")


def beat(settings: Settings) -> int:
    """Run the clock until it is told to stop. Raises SettingsInvalid if the home cannot be written."""
    try:
        (settings.home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)  # it remembers its last ticks there
    except OSError as error:
        raise SettingsInvalid(f"MARU_HOME={settings.home} cannot be written ({error.strerror}): mend that.") from error
    app.start(["beat", "--loglevel", "warning", "--pidfile", ""])  # at info it writes a line every two seconds
    return 0
