"""Asks the team's data in Postgres: read-only, within a time, up to a number of rows."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import psycopg

from bot.domain.errors import DatabaseUnavailable, QueryRefused
from bot.ports.sql_runner import Cell, Rows
from integrations.postgres.pool import Connection, connect

MOST_ROWS = 200
QUERY_SECONDS = 5.0
LONGEST_CELL = 2_000
"""Characters of a value; a chat shows less."""

_GUARDS = (
    "SET TRANSACTION READ ONLY",
    "SELECT set_config('statement_timeout', %(milliseconds)s, true), set_config('lock_timeout', '1s', true), "
    "set_config('search_path', 'public', true)",
)


class PostgresSqlRunner:
    """`SqlRunner` with a connection a query: data is asked seldom, and nothing of one query reaches the next.

    url: the data's database and a role that may read what people may ask for; never Maru's own.
    """

    def __init__(self, url: str, *, most_rows: int = MOST_ROWS, seconds: float = QUERY_SECONDS) -> None:
        self._url = url
        self._most_rows = most_rows
        self._seconds = seconds

    @property
    def dialect(self) -> str:
        """What kind of SQL it takes."""
        return "postgres"

    def run(self, query: str) -> Rows:
        """Return what one SELECT finds. Raises QueryRefused, DatabaseUnavailable."""
        try:
            with connect(self._url) as connection, connection.transaction(force_rollback=True):
                return self._fetched(connection, query)
        except psycopg.errors.QueryCanceled as error:
            raise QueryRefused(
                f"It took longer than {self._seconds:g} s. Nothing was changed; ask for less."
            ) from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise DatabaseUnavailable(f"The database with the data does not answer ({_reason(error)}).") from error
        except psycopg.Error as error:
            raise QueryRefused(f"{_reason(error)}. Nothing was changed.") from error

    def _fetched(self, connection: Connection, query: str) -> Rows:
        for guard in _GUARDS:
            values = {"milliseconds": str(round(self._seconds * 1_000))} if "%" in guard else None
            connection.execute(guard, values)
        # Prepared: the extended protocol takes one statement only, so that none can follow which ends the transaction.
        connection.execute(f"DECLARE asked NO SCROLL CURSOR FOR {query}", prepare=True)
        cursor = connection.execute(f"FETCH FORWARD {self._most_rows + 1} FROM asked")
        found = cursor.fetchall()
        rows = tuple(tuple(map(_cell, row)) for row in found[: self._most_rows])
        return Rows(tuple(column.name for column in cursor.description or ()), rows, len(found) > self._most_rows)


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Decimal | date | datetime | time | timedelta):
        return str(value)
    return str(value)[:LONGEST_CELL]


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
