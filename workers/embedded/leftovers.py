"""Processes that an earlier run left behind in a data folder."""

import os
import time
from pathlib import Path

import psutil

PATIENCE = 3.0  # seconds that a server which is already shutting down may take


def evict(folder: Path) -> int:
    """End every process whose working folder is `folder`, and return how many there were.

    Only for a folder that the caller has locked: then whoever works in it belongs to a supervisor that was killed.
    """
    found = _inside(folder)
    _, stubborn = psutil.wait_procs(found, timeout=PATIENCE) if found else ([], [])
    for process in stubborn:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(stubborn, timeout=PATIENCE)
    return len(found)


def adopted(known: set[int]) -> list[psutil.Process]:
    """Return the children of this process that it did not start itself: orphans that came to it as their subreaper."""
    return [child for child in psutil.Process().children() if child.pid not in known]


def kill_adopted(known: set[int]) -> None:
    """Kill and reap adopted orphans: a backend of a killed Postgres would block its restart for half a minute."""
    for orphan in adopted(known):
        try:
            orphan.kill()
        except psutil.NoSuchProcess:
            continue
        deadline = time.monotonic() + 1
        while not _reaped(orphan.pid) and time.monotonic() < deadline:
            time.sleep(0.01)


def _reaped(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _inside(folder: Path) -> list[psutil.Process]:
    wanted = os.path.realpath(folder)
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.cwd() == wanted:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            continue
    return found
