"""The same kills against plain Celery: what they do where nothing but the broker remembers."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from celery import Celery
from redis import Redis

from tests.bench.machine import ROOT, empty_home, surroundings
from tests.bench.stores import stores
from tests.bench.table import Findings

TASKS, KILLS, PATIENCE_SECONDS = 2_000, 8, 40.0
WAYS = {
    "Celery's defaults": {},
    "acks_late, reject_on_worker_lost, prefetch 1": {
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
    },
}
BROKER, OUT, WAY = "MARU_CHAOS_BROKER", "MARU_CHAOS_OUT", "MARU_CHAOS_WAY"


def celery(broker_url: str, way: str) -> Celery:
    """Return an application whose one task posts a line, as a reply would be."""
    app = Celery("control", broker=broker_url)
    # Ten seconds, so that what Redis gives back comes within the run: the default is an hour.
    app.conf.update(
        task_ignore_result=True,
        broker_transport_options={"visibility_timeout": 10},
        task_default_queue="control",
        **WAYS[way],
    )

    def post(number: int) -> None:
        time.sleep(0.002)
        with open(os.environ[OUT], "a", encoding="utf-8") as posts:
            posts.write(f"{number}\n")
        time.sleep(0.002)

    app.task(name="control.post")(post)
    return app


def control(seed: int) -> None:
    """Run both ways and print how many posts were lost and how many doubled."""
    found = Findings(f"control: {TASKS} tasks of plain Celery, {KILLS} kills of its worker")
    with empty_home() as home, stores(home) as database:
        for way in WAYS:
            posted = _run(seed, way, database.variables["MARU_BROKER_URL"])
            lost = TASKS - len(posted)
            doubled = sum(count - 1 for count in posted.values())
            found.add(way, f"{lost} lost, {doubled} doubled", "the adversary bites", met=lost + doubled > 0)
    found.show()


def _run(seed: int, way: str, broker_url: str) -> Counter[str]:
    choice = random.Random(seed)  # repeatable, not secret
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "posts")
        out.touch()
        variables = {BROKER: broker_url, OUT: str(out), WAY: way}
        app = celery(broker_url, way)
        for number in range(TASKS):
            app.send_task("control.post", (number,))
        for _ in range(KILLS):
            worker = _worker(Path(folder), variables)
            time.sleep(choice.uniform(2.0, 3.0))
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        worker = _worker(Path(folder), variables)
        ends = time.monotonic() + PATIENCE_SECONDS
        with Redis.from_url(broker_url) as redis:
            while time.monotonic() < ends and (redis.llen("control") or redis.hlen("unacked")):
                time.sleep(0.5)
            time.sleep(1.0)
            worker.terminate()
            worker.wait(30)
            redis.flushall()
        return Counter(out.read_text(encoding="utf-8").split())


def _worker(folder: Path, variables: dict[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "celery", "-A", "tests.chaos.control_worker", "worker", "-P", "prefork", "-c", "2"]
    return subprocess.Popen(
        [*command, "-Q", "control"],
        env=surroundings(folder, variables),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
