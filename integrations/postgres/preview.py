"""Stages for people who wait on the reply feed: notifications, with no row behind them (law 5)."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.domain.conversation import Address
from bot.domain.errors import DatabaseUnavailable
from bot.domain.events import EventId
from integrations.postgres.pool import Pool, borrowed

CHANNEL = "maru_stage"


class FeedPreview:
    """`ReplyPreview` for console and API."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @contextmanager
    def working(self, address: Address, event: EventId) -> Iterator[None]:
        """Say that a worker took the question."""
        self.stage(event, "…")
        yield

    def stage(self, event: EventId, words: str) -> None:
        """Announce what is being done now; a follower that is not there loses nothing."""
        try:
            with borrowed(self._pool) as connection:
                connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{event} {words}"))
        except DatabaseUnavailable:
            return  # a preview never fails a turn
