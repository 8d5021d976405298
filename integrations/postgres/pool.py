"""Connections to Postgres, and its errors in Maru's words."""

from collections.abc import Iterator
from contextlib import contextmanager
from select import POLLIN, poll
from typing import Any

import psycopg
from pgvector.psycopg import register_vector
from psycopg_pool import ConnectionPool, PoolTimeout

from bot.domain.errors import DatabaseUnavailable, PermanentError

Connection = psycopg.Connection[tuple[Any, ...]]
Pool = ConnectionPool[Connection]

# ef_search caps how many rows an HNSW scan returns, and its default of 40 is below what a search asks for;
# the iterative scan goes on where a filter left too few. The same for every search, so set once a connection.
_SESSION = """
SET hnsw.ef_search = 120;
SET hnsw.iterative_scan = strict_order;
SET statement_timeout = '15s';
SET idle_in_transaction_session_timeout = '30s';
"""


_WIRE: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "tcp_user_timeout": 5_000,  # milliseconds; it also ends a connection whose keepalives nobody answers
    "application_name": "maru",
}
"""A server that vanished without a word is noticed within ten seconds; without these, after two hours."""


def connect(url: str) -> Connection:
    """Return an autocommitting connection of one's own: to listen on, or to hold a lock. Raises psycopg.Error."""
    return psycopg.connect(url, autocommit=True, **_WIRE)


def _configure(connection: Connection) -> None:
    register_vector(connection)
    connection.execute(_SESSION)


def _check(connection: Connection) -> None:
    """Raise if the connection was closed meanwhile, for the pool to make another.

    An idle connection has nothing to say, so the server is asked only where there is something to read: its goodbye.
    """
    said = poll()
    said.register(connection.fileno(), POLLIN)
    if said.poll(0):
        ConnectionPool.check_connection(connection)


def open_pool(url: str, *, max_size: int, timeout_seconds: float = 5.0) -> Pool:
    """Return an open pool of autocommitting connections; call it after any fork, never at import.

    Each statement is its own transaction: adapters that need several rows to change together use one statement.
    """
    return ConnectionPool(
        url,
        min_size=1,
        max_size=max_size,
        timeout=timeout_seconds,
        kwargs={"autocommit": True, **_WIRE},
        configure=_configure,
        check=_check,
        open=True,
    )


@contextmanager
def borrowed(pool: Pool) -> Iterator[Connection]:
    """Lend a connection; no error of the database leaves as its own.

    Raises DatabaseUnavailable where a later try may pass, PermanentError where the statement itself is refused.
    """
    try:
        with pool.connection() as connection:
            yield connection
    except psycopg.errors.DiskFull as error:
        raise DatabaseUnavailable(
            f"The disk of the database is full ({_reason(error)}). Nothing was changed; make room on it."
        ) from error
    except psycopg.errors.QueryCanceled as error:
        raise DatabaseUnavailable(
            f"The database gave a statement up that took too long ({_reason(error)}). Nothing was changed."
        ) from error
    except psycopg.errors.ProgramLimitExceeded as error:
        raise _refused(error) from error
    except (PoolTimeout, psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError) as error:
        raise DatabaseUnavailable(f"The database does not answer ({_reason(error)}). Nothing was changed.") from error
    except psycopg.Error as error:
        raise _refused(error) from error


def _refused(error: psycopg.Error) -> PermanentError:
    return PermanentError(f"The database refuses this ({_reason(error)}). Nothing was changed; a retry cannot help.")


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
