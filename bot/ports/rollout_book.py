"""Which rollouts there are, and how the drafts in them were judged; for all processes."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.domain.conversation import PersonId
from bot.domain.rollouts import Rollout, Verdict, Verdicts


class RolloutBook(Protocol):
    """At most one rollout a candidate. Everything raises DatabaseUnavailable."""

    def rollouts(self) -> tuple[Rollout, ...]:
        """Return all of them, by the candidate's name."""

    def begin(self, rollout: Rollout, *, by: PersonId) -> None:
        """Write a rollout down in the place of the candidate's last one.

        Its verdicts go on counting, unless it was demoted or had another incumbent.
        """

    def demote(self, candidate: str, *, why: str) -> bool:
        """Take a candidate out of its rollout; False if it was out already, or there is none."""

    def end(self, candidate: str) -> bool:
        """Forget a rollout and its verdicts: the candidate is a model like any other; False if there was none."""

    def note(self, verdicts: Sequence[Verdict]) -> None:
        """Keep verdicts, in order; those of no rollout are dropped, and those older than 30 days forgotten."""

    def verdicts(self, *, latest: int) -> Mapping[str, Verdicts]:
        """Return the latest of each candidate and its incumbent, newest first; one without any may miss."""
