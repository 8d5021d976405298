"""How a waiting process learns that its reply is final: the outbox row, announced by NOTIFY."""

import time
from collections.abc import Callable, Iterator

import psycopg

from bot.domain.errors import DatabaseUnavailable
from bot.domain.events import EventId
from bot.ports.reply_feed import Final, Stage, never
from integrations.postgres.codec import MESSAGE
from integrations.postgres.pool import Connection, connect

_RECHECK_SECONDS = 1.0
"""A notification can be lost with its connection; the row cannot, so it is also looked for this often."""

_RECONNECT_SECONDS = 0.5
"""The pause before a lost connection is opened again; Postgres restarts within seconds."""

_FINAL = "SELECT message::text FROM outbox WHERE event_id = %s ORDER BY id LIMIT 1"


class PostgresReplyFeed:
    """Finals of `ReplyFeed`, on a connection of its own for each follower."""

    def __init__(self, url: str) -> None:
        self._url = url

    def follow(
        self, event: EventId, *, timeout_seconds: float, gone: Callable[[], bool] = never
    ) -> Iterator[Stage | Final]:
        """Yield stages, then the final reply once it is in the outbox; end silently when the timeout passes.

        It ends within a second or so once `gone` says so. A lost connection is opened again: the row outlives a restart
        of Postgres. Raises DatabaseUnavailable if the database is away when the timeout passes.
        """
        deadline = time.monotonic() + timeout_seconds
        while not gone():
            try:
                yield from self._listen(event, deadline=deadline, gone=gone)
                return
            except psycopg.OperationalError as error:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise DatabaseUnavailable(
                        "The database does not answer. Your question was kept; ask again."
                    ) from error
                time.sleep(min(left, _RECONNECT_SECONDS))

    def _listen(self, event: EventId, *, deadline: float, gone: Callable[[], bool]) -> Iterator[Stage | Final]:
        """Follow over one connection. Raises psycopg.OperationalError when it is lost."""
        with connect(self._url) as connection:
            connection.execute("LISTEN maru_reply")
            connection.execute("LISTEN maru_stage")
            while (left := deadline - time.monotonic()) > 0 and not gone():
                row = connection.execute(_FINAL, (event,)).fetchone()
                if row is not None:
                    yield Final(MESSAGE.validate_json(row[0]).reply)
                    return
                yield from _stages(connection, event, seconds=min(left, _RECHECK_SECONDS))


def _stages(connection: Connection, event: EventId, *, seconds: float) -> Iterator[Stage]:
    """Yield this event's stages until its reply is announced or the time is over."""
    for notice in connection.notifies(timeout=seconds):
        about, _, words = notice.payload.partition(" ")
        if about == event and not words:
            return
        if about == event:
            yield Stage(words)
