"""Asks a database about the team's data. It is never Maru's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

Cell = str | int | float | bool | None
"""A value; decimals, dates and whatever else a database has are text."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a query returned. more: there were more rows than were fetched."""

    columns: tuple[str, ...]
    rows: tuple[Sequence[Cell], ...]
    more: bool = False


class SqlRunner(Protocol):
    """Runs one query, read-only, within a time and up to a number of rows. Thread-safe.

    It is the second fence: the first is that a query is one SELECT (bot.ensemble.verifiers.sql), the third a role that
    may read what everybody who asks may read, and nothing else.
    """

    @property
    def dialect(self) -> str:
        """What kind of SQL it takes: `postgres` or `sqlite`."""

    def run(self, query: str) -> Rows:
        """Return what one SELECT finds. Raises QueryRefused, DatabaseUnavailable."""
