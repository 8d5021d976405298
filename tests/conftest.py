"""What every test gets: real embedded servers on demand, a clean environment, and no way out to the network."""

import ipaddress
import os
import re
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from psycopg import sql

from integrations.postgres.pool import Pool, open_pool
from workers.embedded.child import Child
from workers.embedded.postgres import EmbeddedPostgres, embedded_postgres
from workers.embedded.program import Program, StartFailed
from workers.embedded.redis import embedded_redis
from workers.migrate import migrate

FOREIGN = re.compile(r"(HF|HUGGING|MARU|SLACK|TELEGRAM|PG)\w*|\w*_proxy", re.IGNORECASE)
"""Variables of whoever runs the tests that libraries would obey: tokens, offline switches, proxies, databases."""

LOOPBACK_NAMES = frozenset({"", "localhost"})


def pytest_configure() -> None:
    """Forget foreign variables before any library reads them, and refuse every way out from now on."""
    for name in [name for name in os.environ if FOREIGN.fullmatch(name)]:
        del os.environ[name]
    sys.addaudithook(_refuse_the_world)


class WayOut(BaseException):
    """A test tried to reach another machine. Not an Exception: no adapter may translate it into an outage."""


_attempts: list[str] = []


def _refuse_the_world(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto", "socket.bind"):
        sock, address = arguments[0], arguments[1]
        if sock.family not in (socket.AF_INET, socket.AF_INET6):
            return
        host = address[0]
    else:
        return
    if not _loopback(host):
        _attempts.append(f"{event} {host}")
        raise WayOut(f"{event} {host}: tests talk to stand-ins on 127.0.0.1 only")


def _loopback(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name in LOOPBACK_NAMES


@pytest.fixture(autouse=True)
def _no_way_out() -> Iterator[None]:
    """Fail a test that tried, even if something swallowed the refusal."""
    _attempts.clear()
    yield
    assert not _attempts


@pytest.fixture(scope="session")
def server_home() -> Iterator[Path]:
    """A MARU_HOME for the servers. Root's temporary folders are closed to the user who serves Postgres; /tmp is not."""
    home = Path(tempfile.mkdtemp(prefix="maru-test-"))
    home.chmod(0o711)
    for folder in ("logs", "run"):
        (home / folder).mkdir()
    yield home
    shutil.rmtree((home / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(home)


@contextmanager
def _running(program: Program, home: Path) -> Iterator[None]:
    """Run a server until the block ends; it is tied to this process and dies with it in any case."""
    child = Child(program, home / "logs" / f"{program.name}.log")
    child.spawn()
    try:
        patience = time.monotonic() + program.ready_within
        while not child.ready():
            if child.ended() is not None or time.monotonic() > patience:
                raise StartFailed(child.complaint("does not serve"))
            time.sleep(0.02)
        yield
    finally:
        child.signal()
        child.finish(grace=program.grace)


@dataclass(frozen=True, slots=True)
class Database:
    """The session's one Postgres, migrated, with a pool on it."""

    server: EmbeddedPostgres
    pool: Pool

    def clear(self) -> None:
        """Empty every table. TRUNCATE would make new files for each: a hundred times slower on empty tables."""
        with self.pool.connection() as connection, connection.transaction():
            tables = connection.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
                "AND relname <> 'schema_migrations'"
            ).fetchall()
            # Without foreign keys the order does not matter.
            connection.execute("SET LOCAL session_replication_role = replica")
            for (name,) in tables:
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres_server(server_home: Path) -> Iterator[EmbeddedPostgres]:
    """The embedded Postgres, running."""
    server = embedded_postgres(server_home)
    with _running(server.program(stage=0), server_home):
        server.ensure_database()
        yield server
    server.remove_sockets()


@pytest.fixture(scope="session")
def database(postgres_server: EmbeddedPostgres) -> Iterator[Database]:
    """The migrated database of the session. Tests take `postgres_url` or `postgres_pool`, which are clean."""
    migrate(postgres_server.url)
    with open_pool(postgres_server.url, max_size=12) as pool:
        yield Database(postgres_server, pool)


@pytest.fixture
def postgres_pool(database: Database) -> Pool:
    """A pool on an empty, migrated database."""
    database.clear()
    return database.pool


@pytest.fixture
def postgres_url(database: Database) -> str:
    """The address of an empty, migrated database."""
    database.clear()
    return database.server.url


@pytest.fixture
def bare_database_url(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """The address of a database without any table."""
    with psycopg.connect(postgres_server.url_of("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE bare")
        yield postgres_server.url_of("bare")
        connection.execute("DROP DATABASE bare WITH (FORCE)")


@pytest.fixture(scope="session")
def redis_server_url(server_home: Path) -> Iterator[str]:
    """The embedded Redis, running."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = embedded_redis(server_home, port=port)
    with _running(server.program(stage=0), server_home):
        yield server.url


@pytest.fixture
def redis_url(redis_server_url: str) -> str:
    """The address of an empty Redis."""
    with redis.Redis.from_url(redis_server_url) as client:
        client.flushall()
    return redis_server_url
