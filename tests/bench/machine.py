"""Processes of a benchmark: started with an environment of their own, looked at, and ended with the block."""

import http.client
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from workers.embedded.child import Child
from workers.embedded.program import Program, StartFailed

ROOT = Path(__file__).resolve().parents[2]


def surroundings(home: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with nothing of whoever runs the benchmark: no token, no proxy, no other database."""
    return {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.defpath)),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        **variables,
    }


@contextmanager
def empty_home() -> Iterator[Path]:
    """Lend a folder that does not exist yet, for MARU_HOME, and remove it afterwards."""
    parent = Path(tempfile.mkdtemp(prefix="maru-bench-"))
    parent.chmod(0o711)  # root's database is served by another user, who must pass through
    home = parent / "home"
    try:
        yield home
    finally:
        shutil.rmtree((home / "postgres").resolve(), ignore_errors=True)
        shutil.rmtree(parent, ignore_errors=True)


@contextmanager
def running(program: Program, home: Path) -> Iterator[Child]:
    """Run a program until the block ends; it is tied to this process and dies with it in any case."""
    logs = home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    child = Child(program, logs / f"{program.name}.log")
    child.spawn()
    try:
        patience = time.monotonic() + program.ready_within
        while not child.ready():
            if child.ended() is not None or time.monotonic() > patience:
                raise StartFailed(child.complaint("does not serve"))
            time.sleep(0.02)
        yield child
    finally:
        child.signal()
        child.finish(grace=program.grace)


def python(
    *arguments: str,
    home: Path,
    name: str,
    ready: Callable[[int], bool] = lambda _pid: True,
    variables: Mapping[str, str] | None = None,
) -> Program:
    """Return a Python program of this checkout."""
    return Program(
        name=name,
        command=(sys.executable, *arguments),
        environment=surroundings(home, variables or {}),
        folder=ROOT,
        stage=1,
        ready=ready,
        ready_within=120.0,
        grace=10.0,
    )


def answers(url: str) -> Callable[[int], bool]:
    """Return a look at a page: true once it answers 200."""
    parts = urlsplit(url)

    def look(_pid: int) -> bool:
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=1)
        try:
            connection.request("GET", parts.path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return look


def family(pid: int) -> dict[str, psutil.Process]:
    """Return a process and its descendants by a name that a reader knows."""
    first = psutil.Process(pid)
    found: dict[str, psutil.Process] = {}
    for process in (first, *first.children(recursive=True)):
        try:
            name = _name(process)
        except psutil.NoSuchProcess:  # such as one of Postgres' autovacuum workers
            continue
        found[name if name not in found else f"{name} {process.pid}"] = process
    return found


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    if "workers.cli" not in words:
        return process.name()
    words = words[words.index("workers.cli") + 1 :]
    return f"worker {words[words.index('--queues') + 1]}" if "--queues" in words else words[0]


def pss_mb(processes: Iterable[psutil.Process]) -> float:
    """Return the proportional set size, in MB: pages that several processes share count once in all."""
    return sum(process.memory_full_info().pss for process in processes) / 1_000_000


def cpu_seconds(processes: Mapping[str, psutil.Process]) -> dict[str, float]:
    """Return how long each process has computed so far."""
    return {name: sum(process.cpu_times()[:2]) for name, process in processes.items()}
