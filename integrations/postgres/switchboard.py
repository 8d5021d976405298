"""What administrators switched about the models."""

from bot.domain.conversation import PersonId
from integrations.postgres.pool import Pool, borrowed

_OFF = "INSERT INTO model_switch (model, by) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_ON = "DELETE FROM model_switch WHERE model = %s"


class PostgresSwitchboard:
    """`Switchboard` over table model_switch."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def off(self) -> frozenset[str]:
        """Return the names that are switched off."""
        with borrowed(self._pool) as connection:
            rows = connection.execute("SELECT model FROM model_switch").fetchall()
        return frozenset(str(name) for (name,) in rows)

    def switch(self, model: str, *, off: bool, by: PersonId) -> bool:
        """Switch a model off or on again, for all processes; return whether that changed anything."""
        with borrowed(self._pool) as connection:
            done = connection.execute(_OFF, (model, by)) if off else connection.execute(_ON, (model,))
        return done.rowcount > 0
