"""Rollouts at work: who answers beside whom or before, how it was judged, and the end of one that is worse.

A turn asks the database for nothing here: what there is to know is looked up every two seconds, and what was judged is
written down then.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.dialogue.means import Again, Effort, Means
from bot.domain.conversation import PersonId
from bot.domain.errors import MaruError
from bot.domain.messages import ModelCall, RungTry
from bot.domain.rollouts import Rollout, Verdict, Verdicts
from bot.ensemble.rollout import LATEST, InPlaceOf, arranged, takes, worse
from bot.ports.audit import AuditLog
from bot.ports.cancellation import Cancellation
from bot.ports.inbox import Claim
from bot.ports.rollout_book import RolloutBook

Aside = Callable[[Callable[[Cancellation], None]], None]
"""Runs work beside the turns, some time soon, or drops it when too much waits; never makes its caller wait."""

Spent = Callable[[Sequence[ModelCall], Claim], None]
"""Writes down calls that belong to no turn."""

HOUSE = PersonId("maru")
"""Who demotes, in the audit."""

MOST_FRESH = 10_000
"""Verdicts kept while the database is away; the oldest are the first to go."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """What rollouts cause outside of them. aside: runs shadows. spent: writes down what they cost."""

    aside: Aside
    spent: Spent
    note: Callable[[Verdict], None]


class Part:
    """A turn's part in the rollouts. means: what it works with. Call `end` once its reply is committed."""

    def __init__(self, claim: Claim, means: Means, rollouts: Sequence[Rollout], *, work: Work) -> None:
        self._claim = claim
        self._rollouts = rollouts
        self._work = work
        self._models = {model.entry.name: model for model in means.models}
        self._later: list[_Shadow] = []
        self._channel = claim.event.address.channel
        ladder = arranged(means.models, rollouts, conversation=claim.conversation, channel=self._channel)
        self.means = replace(means, models=ladder, beside=self._beside) if rollouts else means

    def end(self) -> None:
        """Let begin what was put off until the person has the answer."""
        later, self._later = self._later, []
        for shadow in later:
            self._work.aside(shadow.run)

    def _beside(self, tries: tuple[RungTry, ...], again: Again, effort: Effort) -> None:
        """Note what became of a turn's tries, and put off what its shadows shall try."""
        accepted = _accepted(tries)
        spare = not effort.hurried and effort.most == "large"
        for rollout in self._rollouts:
            taken = takes(rollout, self._claim.conversation, self._channel)
            if rollout.stage == "canary":
                self._note(rollout, accepted, own=taken)
            if rollout.stage == "shadow" and taken and spare and rollout.incumbent in accepted:
                self._shadow(rollout, accepted, again=again, effort=effort)

    def _shadow(self, rollout: Rollout, accepted: dict[str, bool], *, again: Again, effort: Effort) -> None:
        new, old = self._models.get(rollout.candidate), self._models.get(rollout.incumbent)
        if new and old:
            self._note(rollout, accepted, own=False)
            means = replace(self.means, models=(InPlaceOf(new, old.entry),))
            self._later.append(_Shadow(self._claim, rollout.candidate, means, again, effort, self._work))

    def _note(self, rollout: Rollout, accepted: dict[str, bool], *, own: bool) -> None:
        name = rollout.candidate if own else rollout.incumbent
        if name in accepted:
            self._work.note(Verdict(rollout.candidate, own, accepted[name]))


@dataclass(frozen=True, slots=True)
class _Shadow:
    """An answer to be found once more, silently, by the candidate alone."""

    claim: Claim
    candidate: str
    means: Means
    again: Again
    effort: Effort
    work: Work

    def run(self, cancellation: Cancellation) -> None:
        """Answer, note how it was judged, and write down what it cost; where the rest of Maru fails, note nothing."""
        account = self.means.account()
        silent = replace(self.effort, cancellation=cancellation, announce=lambda _: None, account=account)
        with suppress(MaruError):
            accepted = _accepted(self.again(self.means, silent))
            if self.candidate in accepted:
                self.work.note(Verdict(self.candidate, True, accepted[self.candidate]))
        self.work.spent([replace(call, purpose="shadow") for call in account.calls], self.claim)


Parts = Callable[[Claim, Means], Part]
"""Gives a turn its part."""


def alone(claim: Claim, means: Means) -> Part:
    """Return the part of a turn where there are no rollouts."""
    return Part(claim, means, (), work=Work(lambda _: None, lambda _calls, _claim: None, lambda _: None))


class Rollouts:
    """The rollouts as one process knows them. Thread-safe."""

    def __init__(self, *, book: RolloutBook, audit: AuditLog, aside: Aside, spent: Spent) -> None:
        self._book = book
        self._audit = audit
        self._now: tuple[Rollout, ...] = ()
        self._fresh: deque[Verdict] = deque(maxlen=MOST_FRESH)
        self._work = Work(aside, spent, note=self._fresh.append)

    def look(self) -> None:
        """Write down what was judged, read what administrators changed, stop what is worse.

        Raises DatabaseUnavailable.
        """
        self._flush()
        self._now = self._book.rollouts()
        running = [one for one in self._now if one.stage != "demoted"]
        judged = self._book.verdicts(latest=LATEST) if running else {}
        for rollout in running:
            self._judge(rollout, judged.get(rollout.candidate, Verdicts()))

    def _flush(self) -> None:
        """Write down what was judged since the last look; what cannot be is kept for the next."""
        fresh = [self._fresh.popleft() for _ in range(len(self._fresh))]
        try:
            if fresh:
                self._book.note(fresh)
        except MaruError:
            self._fresh.extendleft(reversed(fresh))
            raise

    def part(self, claim: Claim, means: Means) -> Part:
        """Return the part that a turn has."""
        return Part(claim, means, self._now, work=self._work)

    def _judge(self, rollout: Rollout, verdicts: Verdicts) -> None:
        if not worse(verdicts):
            return
        mine, its = _share(verdicts.candidate), _share(verdicts.incumbent)
        why = f"its drafts were accepted {mine}, those of {rollout.incumbent} {its}"
        if self._book.demote(rollout.candidate, why=why):
            self._audit.record(person=HOUSE, action="model demote", allowed=True, detail=f"{rollout.candidate}: {why}")
            _log.error("model demoted", extra={"model": rollout.candidate, "why": why})
        self._now = self._book.rollouts()


def _accepted(tries: Sequence[RungTry]) -> dict[str, bool]:
    """Return which models were tried, and whether the draft was accepted; a model that failed made none."""
    return {one.model: one.accepted for one in tries if one.model is not None and one.tried}


def _share(verdicts: Sequence[bool]) -> str:
    return f"{sum(verdicts)} of {len(verdicts)} times"
