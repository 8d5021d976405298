"""Where Postgres' socket lies: a private folder whose path is short enough for the kernel."""

import shutil
import tempfile
from pathlib import Path

from workers.embedded import accounts
from workers.embedded.keys import write_private
from workers.embedded.program import Account

LONGEST_PATH = 103  # bytes of a socket's path on macOS; Linux allows 107
SOCKET_NAME = ".s.PGSQL.5432"


def socket_folder(preferred: Path, *, home: Path, account: Account | None) -> Path:
    """Return an empty folder of 0700 for the socket: `preferred`, or one under /tmp when its path is too long.

    The caller holds the home's lock: what an earlier run left in the folder is removed.
    """
    _forget(home)
    if _fits(preferred):
        shutil.rmtree(preferred, ignore_errors=True)
        preferred.mkdir(mode=0o700)
        folder = preferred
    else:
        usual = Path(tempfile.gettempdir())
        folder = Path(tempfile.mkdtemp(prefix="maru-", dir=usual if _fits(usual / "maru-12345678") else "/tmp"))
        write_private(_note(home), str(folder))
    accounts.give(folder, account)
    return folder


def remove(home: Path, folder: Path) -> None:
    """Remove the folder after the server has ended."""
    shutil.rmtree(folder, ignore_errors=True)
    _note(home).unlink(missing_ok=True)


def _fits(folder: Path) -> bool:
    return len(bytes(folder / SOCKET_NAME)) <= LONGEST_PATH


def _note(home: Path) -> Path:
    return home / "run" / "socket-folder"


def _forget(home: Path) -> None:
    """Remove the folder under /tmp that a killed run left behind."""
    note = _note(home)
    if note.exists():
        folder = Path(note.read_text(encoding="utf-8"))
        if folder.name.startswith("maru-") and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
        note.unlink()
