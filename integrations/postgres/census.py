"""How the models fare, as processes and receipts say it."""

from collections import defaultdict
from collections.abc import Mapping

from bot.ports.model_census import ModelPulse, Tries
from integrations.postgres.codec import PULSES
from integrations.postgres.pool import Pool, borrowed
from integrations.postgres.statements import statement

_PULSES = "SELECT models FROM worker WHERE seen_at > clock_timestamp() - interval '30 seconds' ORDER BY name"
_TRIES = statement("model_tries")


class PostgresModelCensus:
    """`ModelCensus` over the tables worker and turn."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def pulses(self) -> Mapping[str, tuple[ModelPulse, ...]]:
        """Return for each model what the processes that live say of it."""
        with borrowed(self._pool) as connection:
            rows = connection.execute(_PULSES).fetchall()
        found: defaultdict[str, tuple[ModelPulse, ...]] = defaultdict(tuple)
        for (said,) in rows:
            for pulse in PULSES.validate_python(said):
                found[pulse.model] += (pulse,)
        return dict(found)

    def tries(self) -> Mapping[str, Tries]:
        """Return each model's tries of the last day, counted in the latest 20,000 turns at most."""
        with borrowed(self._pool) as connection:
            rows = connection.execute(_TRIES).fetchall()
        return {name: Tries(tried, judged, accepted) for name, tried, judged, accepted in rows}
