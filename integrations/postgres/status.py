"""The running system as its tables show it."""

from collections.abc import Sequence

from bot.ports.chat_model import ChatModel
from bot.ports.library import Library
from bot.ports.status import ModelStatus, SystemStatus
from integrations.postgres.pool import Pool, borrowed
from integrations.postgres.statements import statement

_STATUS = statement("status")


class PostgresStatus:
    """`StatusSource`: queues and workers from Postgres, models by asking them."""

    def __init__(self, pool: Pool, *, library: Library, models: Sequence[ChatModel]) -> None:
        self._pool = pool
        self._library = library
        self._models = models

    def snapshot(self) -> SystemStatus:
        """Return the state of queues, workers, models and documents."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_STATUS).fetchone()
        assert row is not None, "a select of scalars returns one row"
        return SystemStatus(
            waiting=row[0],
            sending=row[1],
            buried=row[2],
            workers=tuple(row[3]),
            models=tuple(ModelStatus(model.entry.name, model.healthy()) for model in self._models),
            library=self._library.counts(),
            errors=tuple(words for words in row[4] if words),
        )


class WorkerPulse:
    """Stamps this process's row, so that `status` can tell who lives."""

    def __init__(self, pool: Pool, name: str) -> None:
        self._pool = pool
        self._name = name

    def beat(self) -> None:
        """Say that this process is alive now, and forget those not seen for a day."""
        with borrowed(self._pool) as connection:
            connection.execute(
                "INSERT INTO worker (name, seen_at) VALUES (%s, clock_timestamp()) "
                "ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at",
                (self._name,),
            )
            connection.execute("DELETE FROM worker WHERE seen_at < clock_timestamp() - interval '1 day'")
