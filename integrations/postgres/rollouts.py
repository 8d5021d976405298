"""Rollouts of models and the verdicts in them."""

from collections.abc import Mapping, Sequence

from bot.domain.conversation import PersonId
from bot.domain.rollouts import Rollout, Verdict, Verdicts
from integrations.postgres.pool import Pool, borrowed
from integrations.postgres.statements import statement

_ALL = "SELECT candidate, incumbent, stage, share, channel, why FROM model_rollout ORDER BY candidate"
_BEGIN = statement("rollout_begin")
_DEMOTE = "UPDATE model_rollout SET stage = 'demoted', why = %s WHERE candidate = %s AND stage <> 'demoted'"
_END = """
WITH gone AS (DELETE FROM model_verdict WHERE candidate = %(candidate)s)
DELETE FROM model_rollout WHERE candidate = %(candidate)s
"""
_NOTE = statement("rollout_note")
_VERDICTS = statement("rollout_verdicts")


class PostgresRolloutBook:
    """`RolloutBook` over the tables model_rollout and model_verdict."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def rollouts(self) -> tuple[Rollout, ...]:
        """Return all of them, by the candidate's name."""
        with borrowed(self._pool) as connection:
            rows = connection.execute(_ALL).fetchall()
        return tuple(Rollout(*row) for row in rows)

    def begin(self, rollout: Rollout, *, by: PersonId) -> None:
        """Write a rollout down in the place of the candidate's last one."""
        values = {
            "candidate": rollout.candidate,
            "incumbent": rollout.incumbent,
            "stage": rollout.stage,
            "share": rollout.share,
            "channel": rollout.channel,
            "by": by,
        }
        with borrowed(self._pool) as connection:
            connection.execute(_BEGIN, values)

    def demote(self, candidate: str, *, why: str) -> bool:
        """Take a candidate out of its rollout; False if it was out already, or there is none."""
        with borrowed(self._pool) as connection:
            return connection.execute(_DEMOTE, (why, candidate)).rowcount > 0

    def end(self, candidate: str) -> bool:
        """Forget a rollout and its verdicts; False if there was none."""
        with borrowed(self._pool) as connection:
            return connection.execute(_END, {"candidate": candidate}).rowcount > 0

    def note(self, verdicts: Sequence[Verdict]) -> None:
        """Keep verdicts, in order; those of no rollout are dropped."""
        values = {
            "candidates": [one.candidate for one in verdicts],
            "own": [one.own for one in verdicts],
            "accepted": [one.accepted for one in verdicts],
        }
        with borrowed(self._pool) as connection:
            connection.execute(_NOTE, values)

    def verdicts(self, *, latest: int) -> Mapping[str, Verdicts]:
        """Return the latest of each candidate and its incumbent."""
        with borrowed(self._pool) as connection:
            rows = connection.execute(_VERDICTS, {"latest": latest}).fetchall()
        return {candidate: Verdicts(tuple(own), tuple(other)) for candidate, own, other in rows}
