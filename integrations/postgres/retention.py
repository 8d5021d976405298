"""The end of what is over: old events, turns, sent replies and lines of the audit."""

from typing import LiteralString

from integrations.postgres.pool import Pool, borrowed
from integrations.postgres.statements import statement

BATCH = 5_000
"""Rows of one statement: some 50 ms, in which nobody waits for it, for nobody needs these rows."""

_EVENTS = statement("forget_events")
_REPLIES = statement("forget_replies")
_CALLS = statement("forget_calls")
_AUDIT = statement("forget_audit")


class PostgresRetention:
    """`Retention` over tables inbox, turn, outbox, ledger and audit."""

    def __init__(self, pool: Pool, *, batch: int = BATCH) -> None:
        self._pool = pool
        self._batch = batch

    def forget(self, *, days: int, batches: int) -> int:
        """Delete events settled, with their turns, replies sent and calls made longer ago; return how many rows.

        Of the calls, the sums of each day stay.
        """
        return sum(self._walk(sql, days=days, batches=batches) for sql in (_EVENTS, _REPLIES, _CALLS))

    def forget_audit(self, *, days: int, batches: int) -> int:
        """Delete lines of the audit that are older; return how many."""
        return self._walk(_AUDIT, days=days, batches=batches)

    def _walk(self, sql: LiteralString, *, days: int, batches: int) -> int:
        """Go on from the oldest row, over those that stay, until the first batch that has a young one."""
        after, gone = 0, 0
        for _ in range(batches):
            with borrowed(self._pool) as connection:
                row = connection.execute(sql, {"after": after, "limit": self._batch, "days": days}).fetchone()
            assert row is not None, "an aggregate returns one row"
            after, deleted, all_old = row
            gone += deleted
            if not all_old:
                break
        return gone
