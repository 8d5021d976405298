"""Passwords that Maru makes up for its own servers and keeps in MARU_HOME/secrets, readable by its user only."""

import os
import secrets
from pathlib import Path


def password(home: Path, name: str) -> str:
    """Return the password kept under this name, made up at the first call; only letters, digits, - and _."""
    path = home / "secrets" / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if not path.exists():
        write_private(path, secrets.token_urlsafe(24))
    return path.read_text(encoding="ascii").strip()


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step with one that only its owner may read."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
