"""Whether the servers that Maru depends on answer: asked at the start, and by `maru doctor`."""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from kombu.connection import Connection
from kombu.exceptions import OperationalError

from bot.domain.errors import BrokerUnavailable, DatabaseUnavailable
from workers.bootstrap.storage import database_url
from workers.settings import Settings, running

CONNECT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What a database says about itself: its version, the extensions it could install, and its clock."""

    version: str
    extensions: dict[str, str]
    now: datetime


def database(url: str) -> DatabaseFacts:
    """Ask a database. Raises DatabaseUnavailable within CONNECT_SECONDS."""
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            version, now = connection.execute("SELECT current_setting('server_version'), now()").fetchone() or (
                "",
                None,
            )
            rows = connection.execute(
                "SELECT name, coalesce(installed_version, default_version) FROM pg_available_extensions "
                "WHERE name = 'vector'"
            ).fetchall()
    except psycopg.Error as error:
        raise _silent(error) from error
    return DatabaseFacts(version=str(version), extensions={str(name): str(found) for name, found in rows}, now=now)


def without_role(url: str) -> str | None:
    """Return who may not take the role of searches; None if it can be taken. Raises DatabaseUnavailable."""
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            user = connection.info.user
            connection.execute("SET LOCAL ROLE maru_reader")
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue):
        return user
    except psycopg.Error as error:
        raise _silent(error) from error
    return None


def broker(url: str) -> None:
    """Ask a broker of any kind that Celery can use. Raises BrokerUnavailable within CONNECT_SECONDS."""
    limits = {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": CONNECT_SECONDS}
    try:
        with Connection(url, connect_timeout=CONNECT_SECONDS, transport_options=limits) as connection:  # type: ignore[no-untyped-call]
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=CONNECT_SECONDS)
    except (OperationalError, OSError) as error:
        raise BrokerUnavailable(
            f"The broker does not answer: {str(error).strip().rstrip('.')}. Check MARU_BROKER_URL and that it runs."
        ) from error


def served(settings: Settings, queue: str) -> bool:
    """Tell whether somebody takes from a queue: a `maru up`, which starts its workers again by itself, or a worker seen
    in the last 30 s. Raises DatabaseUnavailable, NotRunning.
    """
    return running(settings.home) or queue in working(database_url(settings))


def working(url: str) -> frozenset[str]:
    """Return the queues that some worker takes from, as seen in the last 30 s. Raises DatabaseUnavailable."""
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            rows = connection.execute("SELECT name FROM worker WHERE seen_at > now() - interval '30 s'").fetchall()
    except psycopg.errors.UndefinedTable as error:
        raise DatabaseUnavailable("The database has no tables of Maru yet: maru migrate") from error
    except psycopg.Error as error:
        raise _silent(error) from error
    return frozenset(queue for (name,) in rows for queue in str(name).partition(" on ")[0].split("+"))


def _silent(error: psycopg.Error) -> DatabaseUnavailable:
    reason = next(iter(str(error).strip().splitlines()), "it gave no reason")
    return DatabaseUnavailable(
        f"The database does not answer: {reason.rstrip('.')}. Check MARU_DATABASE_URL and that the server runs."
    )


def has_sample(url: str) -> bool:
    """Tell whether the sample handbook is what Maru knows; False where nobody can tell."""
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            return connection.execute("SELECT FROM document WHERE sample LIMIT 1").fetchone() is not None
    except psycopg.Error:
        return False
