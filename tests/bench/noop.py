"""The yardstick of the pipeline: no-op Celery tasks through one worker of two processes, acknowledged late."""

import subprocess
import sys
import time
from pathlib import Path

from celery import Celery
from redis import Redis

from tests.bench.machine import ROOT, surroundings

QUEUE = "bench-noop"
TASK = "bench.nothing"
BROKER = "MARU_BENCH_BROKER"
LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 120.0


def celery(broker_url: str) -> Celery:
    """Return the application; `nothing` is its one task."""
    app = Celery("bench", broker=broker_url)
    app.conf.update(
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        task_ignore_result=True,
        task_default_queue=QUEUE,
        task_serializer="json",
        accept_content=["json"],
        worker_hijack_root_logger=False,
    )

    app.task(name=TASK)(_nothing)
    return app


def _nothing() -> None:
    """Do nothing."""


def tasks_per_second(broker_url: str, tasks: int, home: Path) -> float:
    """Fill the queue first, so that the worker has the machine for itself; the first fifth warms it up."""
    app = celery(broker_url)
    with app.producer_pool.acquire(block=True) as producer:
        for _ in range(tasks):
            app.send_task(TASK, producer=producer)
    worker = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "tests.bench.noop_worker", "worker", "-P", "prefork", "-c", "2"),
            *("-Q", QUEUE),
        ],
        env=surroundings(home, {BROKER: broker_url}),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with Redis.from_url(broker_url) as redis:
            warm = _until(redis, tasks - tasks // 5)
            done = _until(redis, 0)
        return warm[1] / (done[0] - warm[0])
    finally:
        worker.terminate()
        worker.wait(30)


def _until(redis: "Redis[bytes]", left: int) -> tuple[float, int]:
    """Return when the queue had shrunk to `left`, and its length then."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while (length := int(redis.llen(QUEUE))) > left:  # type: ignore[arg-type]
        if time.monotonic() > patience:
            raise TimeoutError("the no-op worker does not get on")
        time.sleep(LOOK_SECONDS)
    return time.perf_counter(), length
