"""How often a gateway without /metrics of its own did what."""

from collections import Counter
from collections.abc import Sequence
from threading import Lock

from bot.domain.errors import MaruError
from bot.ports.status import Tally
from integrations.postgres.pool import Pool, borrowed

_ADD = """
INSERT INTO tally (gateway, outcome, events)
SELECT %s, fresh.outcome, fresh.events FROM unnest(%s::text[], %s::bigint[]) AS fresh (outcome, events)
ON CONFLICT (gateway, outcome) DO UPDATE SET events = tally.events + excluded.events
"""


class PostgresTally:
    """Counts in memory, and adds to table tally whenever it is flushed. Thread-safe."""

    def __init__(self, pool: Pool, gateway: str) -> None:
        self._pool = pool
        self._gateway = gateway
        self._lock = Lock()
        self._fresh: Counter[str] = Counter()

    def count(self, outcome: str) -> None:
        """Count one outcome; nothing is written yet."""
        with self._lock:
            self._fresh[outcome] += 1

    def flush(self) -> None:
        """Add what was counted since the last time. Raises DatabaseUnavailable: it is kept for the next time."""
        with self._lock:
            fresh, self._fresh = self._fresh, Counter()
        if not fresh:
            return
        try:
            with borrowed(self._pool) as connection:
                connection.execute(_ADD, (self._gateway, list(fresh), list(fresh.values())))
        except MaruError:
            with self._lock:
                self._fresh += fresh
            raise


def tallies(pool: Pool) -> Sequence[Tally]:
    """Return everything that was flushed. Raises DatabaseUnavailable."""
    with borrowed(pool) as connection:
        rows = connection.execute("SELECT gateway, outcome, events FROM tally ORDER BY gateway, outcome").fetchall()
    return [Tally(*row) for row in rows]
