"""A role as an advisory lock: Postgres takes it back when its holder's connection ends, however that happens."""

from contextlib import suppress

import psycopg

from bot.domain.errors import DatabaseUnavailable
from integrations.postgres.pool import Connection, connect

_FROZEN_SECONDS = 20
"""A holder that has asked nothing for so long is frozen or cut off: the server ends its session, another may lead."""


class PostgresLeadership:
    """`Leadership` on a connection of its own. Not for a pooler that shares sessions: the lock is the session's."""

    def __init__(self, url: str, role: str) -> None:
        self._url, self._role = url, role
        self._connection: Connection | None = None
        self._ours = False

    def held(self) -> bool:
        """Take the role if it is free; True while it is ours."""
        try:
            if self._connection is None:
                self._connection = self._connect()
            if self._ours:
                self._connection.execute("SELECT")
            else:
                lock = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
                row = self._connection.execute(lock, (f"maru leads {self._role}",)).fetchone()
                self._ours = bool(row and row[0])
        except psycopg.Error as error:
            self.give_up()
            words = f"It is not known who leads {self._role}: the database does not answer."
            raise DatabaseUnavailable(words) from error
        return self._ours

    def give_up(self) -> None:
        """Let another process have it now."""
        connection, self._connection, self._ours = self._connection, None, False
        if connection is not None:
            with suppress(psycopg.Error):  # the end of the session does the same, some milliseconds later
                connection.execute("SELECT pg_advisory_unlock_all()")
            connection.close()

    def _connect(self) -> Connection:
        connection = connect(self._url)
        connection.execute(f"SET idle_session_timeout = '{_FROZEN_SECONDS}s'")
        connection.execute("SET statement_timeout = '5s'")
        return connection
