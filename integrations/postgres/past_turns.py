"""Settled turns with their messages, and whether somebody was content with them, read for learning."""

from collections.abc import Iterator

from pydantic import ValidationError

from bot.ports.past_turns import PastTurn
from integrations.postgres.codec import RECEIPT
from integrations.postgres.pool import Pool, borrowed
from integrations.postgres.statements import statement

_NEWEST = statement("past_turns")


class PostgresPastTurns:
    """`PastTurns` over tables turn, inbox and escalation."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def newest(self, limit: int) -> Iterator[PastTurn]:
        """Yield answered messages, newest first; a receipt that this version cannot read is passed over."""
        with borrowed(self._pool) as connection:
            rows = connection.execute(_NEWEST, {"limit": limit}).fetchall()
        for question, channel, receipt, disputed in rows:
            try:
                yield PastTurn(question, channel, RECEIPT.validate_json(receipt), disputed)
            except ValidationError:
                continue
