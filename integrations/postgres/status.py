"""The running system as its tables show it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from bot.domain.conversation import Space
from bot.ports.chat_model import ChatModel
from bot.ports.library import Library
from bot.ports.model_census import ModelPulse
from bot.ports.status import ModelStatus, SystemStatus
from integrations.postgres.codec import PULSES
from integrations.postgres.pool import Pool, borrowed
from integrations.postgres.statements import statement

MODEL_SECONDS = 3.0

_STATUS = statement("status")


class PostgresStatus:
    """`StatusSource`: queues and workers from Postgres, models by asking them."""

    def __init__(
        self,
        pool: Pool,
        *,
        library: Library,
        models: Sequence[ChatModel],
        embedding: str,
        seconds: float = MODEL_SECONDS,
    ) -> None:
        """embedding: the embedding model's name. seconds: how long all models together may take to answer probes."""
        self._pool = pool
        self._library = library
        self._models = models
        self._embedding = embedding
        self._seconds = seconds

    def snapshot(self, *, spaces: Sequence[Space] | None = None) -> SystemStatus:
        """Return the state of queues, workers, models, and documents."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_STATUS).fetchone()
        assert row is not None, "a select of scalars returns one row"
        return SystemStatus(
            waiting=row[0],
            sending=row[1],
            buried=row[2],
            workers=tuple(row[3]),
            models=self._healths(),
            library=self._library.counts(self._embedding, spaces=spaces),
            errors=tuple(words for words in row[4] if words),
        )

    def _healths(self) -> tuple[ModelStatus, ...]:
        """Ask all models at once; one that says nothing in time is not healthy now."""
        models = tuple(self._models)  # the sequence may be another one a moment later
        if not models:
            return ()
        threads = ThreadPoolExecutor(len(models), thread_name_prefix="health")
        asked = [threads.submit(model.healthy) for model in models]
        wait(asked, timeout=self._seconds)
        threads.shutdown(wait=False, cancel_futures=True)
        return tuple(
            ModelStatus(model.entry.name, health.done() and not health.cancelled() and health.result())
            for model, health in zip(models, asked, strict=True)
        )


_BEAT = """
INSERT INTO worker (name, seen_at, models) VALUES (%s, clock_timestamp(), %s)
ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, models = excluded.models
"""


class WorkerPulse:
    """Stamps this process's row, so that `status` can tell who lives, and `models` how the models fare there."""

    def __init__(self, pool: Pool, name: str, *, models: Callable[[], list[ModelPulse]] = list) -> None:
        self._pool = pool
        self._name = name
        self._models = models

    def beat(self) -> None:
        """Say that this process is alive now, and forget those not seen for a day."""
        said = PULSES.dump_json(self._models()).decode()
        with borrowed(self._pool) as connection:
            connection.execute(_BEAT, (self._name, said))
            connection.execute("DELETE FROM worker WHERE seen_at < clock_timestamp() - interval '1 day'")
