"""Data to ask in memory: SQLite."""

import sqlite3
import time

from bot.domain.errors import QueryRefused
from bot.ports.sql_runner import Cell, Rows

_STEPS = 1_000
"""Of SQLite's machine, between two looks at the clock."""


class InMemorySqlRunner:
    """`SqlRunner` over an SQLite database of its own, filled by `script`. Of one thread."""

    def __init__(self, script: str, *, most_rows: int = 200, seconds: float = 5.0) -> None:
        self._most_rows = most_rows
        self._seconds = seconds
        self._database = sqlite3.connect(":memory:")
        self._database.executescript(script)
        self._database.execute("PRAGMA query_only = ON")

    @property
    def dialect(self) -> str:
        """What kind of SQL it takes."""
        return "sqlite"

    def run(self, query: str) -> Rows:
        """Return what one SELECT finds. Raises QueryRefused."""
        ends = time.monotonic() + self._seconds
        self._database.set_progress_handler(lambda: time.monotonic() > ends, _STEPS)
        try:
            cursor = self._database.execute(f"SELECT * FROM ({query})")
            found = cursor.fetchmany(self._most_rows + 1)
        except (sqlite3.Error, sqlite3.Warning) as error:
            late = time.monotonic() > ends
            why = f"It took longer than {self._seconds:g} s" if late else str(error)
            raise QueryRefused(f"{why}. Nothing was changed.") from error
        columns = tuple(column[0] for column in cursor.description)
        rows = tuple(tuple(map(_cell, row)) for row in found[: self._most_rows])
        return Rows(columns, rows, len(found) > self._most_rows)

    def close(self) -> None:
        """Forget the data."""
        self._database.close()


def _cell(value: object) -> Cell:
    return value if value is None or isinstance(value, int | float | str) else str(value)
