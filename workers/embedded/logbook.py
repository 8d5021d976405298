"""One log file a process under MARU_HOME/logs, bounded in size."""

import os
import shutil
from pathlib import Path

LIMIT_BYTES = 10_000_000
TAIL_BYTES = 4096


def opened(path: Path) -> int:
    """Open a log for appending, put away what outgrew the limit, and return the descriptor; the caller closes it."""
    trim(path)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def trim(path: Path) -> None:
    """Move an overgrown log to `NAME.1`, replacing the one before.

    It is copied and truncated, not renamed, because a running process keeps writing to the file that it has open.
    """
    if not path.exists() or path.stat().st_size <= LIMIT_BYTES:
        return
    shutil.copyfile(path, path.with_name(path.name + ".1"))
    os.truncate(path, 0)


def size(path: Path) -> int:
    """Return the length of a log in bytes, 0 if there is none yet."""
    return path.stat().st_size if path.exists() else 0


def last_line(path: Path, *, since: int = 0) -> str:
    """Return the last line that says anything after byte `since`, at most 300 characters; "" if there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(since, path.stat().st_size - TAIL_BYTES) if since <= path.stat().st_size else 0)
        lines = [line.strip() for line in log.read().decode("utf-8", "replace").splitlines()]
    return next((line[:300] for line in reversed(lines) if any(letter.isalnum() for letter in line)), "")
