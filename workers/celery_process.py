"""Runs Celery's own processes with our application."""

from workers.settings import Settings
from workers.tasks import app


def work(settings: Settings, *, queues: str, threads: int) -> int:
    """Run a worker until it is told to stop.

    Celery has as many threads as there are queues. Any of them hears any ring, and each queue's work holds one at most
    (workers/tasks.py), so that none makes the process deaf to another. Turns and posts run in `threads` others.
    """
    app.conf.maru_threads = threads
    app.worker_main(
        [
            "worker",
            *("--pool", "threads", "--concurrency", str(queues.count(",") + 1), "--queues", queues),
            *("--loglevel", settings.log_level, "--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]
    )
    return 0


def beat(_settings: Settings) -> int:
    """Run the clock until it is told to stop."""
    app.start(["beat", "--loglevel", "warning", "--pidfile", ""])  # at info it writes a line every two seconds
    return 0
