"""Where a doubtful reply may stand, from the rows of inbox and outbox."""

from collections.abc import Sequence

from bot.domain.messages import ReplyKey
from bot.ports.traces import Traces
from integrations.postgres.pool import Pool, borrowed
from integrations.postgres.statements import statement

_BEGIN = statement("traces_begin")
_END = statement("traces_end")
_OURS = statement("traces_ours")


class PostgresTraceBook:
    """`TraceBook` over tables inbox and outbox."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def begin(self, key: ReplyKey) -> Traces | None:
        """Note that the look begins, and return what helps it; None if it may not begin."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_BEGIN, {"key": key}).fetchone()
        return Traces(before=row[0], since=row[1], murky=row[2]) if row else None

    def ours(self, names: Sequence[str]) -> frozenset[str]:
        """Return which of these posts a reply is known to have made."""
        with borrowed(self._pool) as connection:
            return frozenset(name for (name,) in connection.execute(_OURS, {"names": list(names)}))

    def end(self, key: ReplyKey, *, gone: bool) -> None:
        """Note that the look left no mark, so that another one may begin."""
        with borrowed(self._pool) as connection:
            connection.execute(_END, {"key": key, "gone": gone})
