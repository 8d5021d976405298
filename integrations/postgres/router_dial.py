"""The router's threshold, as administrators set it."""

from bot.domain.conversation import PersonId
from integrations.postgres.pool import Pool, borrowed

_TURN = """
INSERT INTO router_dial (threshold, by) VALUES (%s, %s)
ON CONFLICT (single) DO UPDATE SET threshold = excluded.threshold, by = excluded.by, at = clock_timestamp()
"""


class PostgresRouterDial:
    """`RouterDial` over table router_dial."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def threshold(self) -> float | None:
        """Return it; None while nobody has set it."""
        with borrowed(self._pool) as connection:
            row = connection.execute("SELECT threshold FROM router_dial").fetchone()
        return float(row[0]) if row else None

    def turn(self, threshold: float, *, by: PersonId) -> None:
        """Set it for everybody."""
        with borrowed(self._pool) as connection:
            connection.execute(_TURN, (threshold, by))
