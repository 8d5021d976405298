"""Where a doubtful reply may stand, from the shared rows."""

from collections.abc import Sequence

from bot.domain.conversation import Address
from bot.domain.messages import ReplyKey
from bot.ports.traces import Traces
from integrations.memory.database import MemoryDatabase, OutboxRow

_UNCONFIRMED_SECONDS = 3600.0


class InMemoryTraceBook:
    """`TraceBook` over the shared rows."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def begin(self, key: ReplyKey) -> Traces | None:
        """Note that the look begins, and return what helps it; None if it may not begin."""
        with self._database.lock:
            mine = self._row(key)
            if mine is None or mine.sought or mine.tried_at is None:
                return None
            mine.sought = True
            known = [
                (name, row is mine or (row.settled_at is not None and row.settled_at < mine.tried_at))
                for row in self._database.outbox
                if row.reference and row.message.address.platform is mine.message.address.platform
                for name in row.reference.split(" ")
            ]
            known += [
                (row.event.message_key, row.received_at < mine.tried_at)
                for row in self._database.inbox
                if row.event.address.platform is mine.message.address.platform
            ]
            return Traces(
                before=[name for name, before in known if before],
                since=[name for name, before in known if not before],
                murky=any(_murky(row, mine) for row in self._database.outbox if row is not mine),
            )

    def ours(self, names: Sequence[str]) -> frozenset[str]:
        """Return which of these posts a reply is known to have made."""
        with self._database.lock:
            return frozenset(
                name for row in self._database.outbox if row.reference for name in row.reference.split(" ")
            ) & frozenset(names)

    def end(self, key: ReplyKey, *, gone: bool) -> None:
        """Note that the look left no mark, so that another one may begin."""
        with self._database.lock:
            if (row := self._row(key)) is not None:
                row.sought = False
                row.tried_at = self._database.clock.now() if gone else row.tried_at

    def _row(self, key: ReplyKey) -> OutboxRow | None:
        rows = self._database.outbox
        return next((row for row in rows if row.message.key == key and row.status == "sending"), None)


def _murky(row: OutboxRow, mine: OutboxRow) -> bool:
    """Tell whether another row's post may stand, unnamed, where ours may."""
    if _place(row.message.address) != _place(mine.message.address):
        return False
    unnamed = row.reference is not None and "unconfirmed" in row.reference.split(" ")
    lately = (row.settled_at or 0.0) > (mine.tried_at or 0.0) - _UNCONFIRMED_SECONDS
    return row.status == "sending" or (row.open and row.uncertain) or (unnamed and lately)


def _place(address: Address) -> tuple[str, str]:
    return address.platform, address.channel
