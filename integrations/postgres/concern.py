"""What is wrong right now with a process that nobody can ask: `status` shows it."""

from integrations.postgres.pool import Pool, borrowed

_SAY = """
INSERT INTO concern (source, words, at) VALUES (%s, %s, clock_timestamp())
ON CONFLICT (source) DO UPDATE SET words = excluded.words, at = excluded.at
"""


class PostgresConcern:
    """One process's row of table concern."""

    def __init__(self, pool: Pool, source: str) -> None:
        self._pool, self._source = pool, source
        self._said = True  # an earlier process of this name may have left its row

    def say(self, words: str | None) -> None:
        """Say what is wrong, to be repeated while it is; None = nothing. Raises DatabaseUnavailable."""
        if words is None and not self._said:
            return
        with borrowed(self._pool) as connection:
            if words is None:
                connection.execute("DELETE FROM concern WHERE source = %s", (self._source,))
            else:
                connection.execute(_SAY, (self._source, words))
        self._said = words is not None
