"""How a worker process learns at once that a turn in its hands is in vain: NOTIFY, on a connection of its own."""

import logging
import time
from collections.abc import Iterator

import psycopg

from bot.domain.conversation import ConversationId
from bot.ports.interruptions import Interruption
from integrations.postgres.pool import connect

_LOOK_SECONDS = 10.0
"""A connection that says nothing for so long is asked whether it lives; a cut one would be silent for ever."""

_RECONNECT_SECONDS = 0.5

_log = logging.getLogger(__name__)


class PostgresInterruptions:
    """`Interruptions` as announced by stops, edits and deletions."""

    def __init__(self, url: str) -> None:
        self._url = url

    def follow(self) -> Iterator[Interruption]:
        """Yield them as they happen; a lost connection is opened again, for ever."""
        while True:
            try:
                yield from self._listen()
            except psycopg.OperationalError as error:
                _log.warning("interruptions not heard", extra={"why": (str(error).splitlines() or ["lost"])[0]})
                time.sleep(_RECONNECT_SECONDS)

    def _listen(self) -> Iterator[Interruption]:
        """Follow over one connection. Raises psycopg.OperationalError when it is lost."""
        with connect(self._url) as connection:
            connection.execute("LISTEN maru_stop")
            while True:
                for notice in connection.notifies(timeout=_LOOK_SECONDS):
                    fence, _, conversation = notice.payload.partition(" ")
                    yield Interruption(ConversationId(conversation), int(fence))
                connection.execute("SELECT")
