"""Rollouts of models and the verdicts in them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Lock

from bot.domain.conversation import PersonId
from bot.domain.rollouts import Rollout, Verdict, Verdicts


class InMemoryRolloutBook:
    """`RolloutBook` that forgets with its process. by: who began each."""

    def __init__(self) -> None:
        self.by: dict[str, PersonId] = {}
        self._rollouts: dict[str, Rollout] = {}
        self._verdicts: list[Verdict] = []
        self._lock = Lock()

    def rollouts(self) -> tuple[Rollout, ...]:
        """Return all of them, by the candidate's name."""
        with self._lock:
            return tuple(self._rollouts[name] for name in sorted(self._rollouts))

    def begin(self, rollout: Rollout, *, by: PersonId) -> None:
        """Write a rollout down in the place of the candidate's last one."""
        with self._lock:
            last = self._rollouts.get(rollout.candidate)
            if last is None or last.stage == "demoted" or last.incumbent != rollout.incumbent:
                self._forget(rollout.candidate)
            self._rollouts[rollout.candidate] = replace(rollout, why="")
            self.by[rollout.candidate] = by

    def demote(self, candidate: str, *, why: str) -> bool:
        """Take a candidate out of its rollout; False if it was out already, or there is none."""
        with self._lock:
            last = self._rollouts.get(candidate)
            if last is None or last.stage == "demoted":
                return False
            self._rollouts[candidate] = replace(last, stage="demoted", why=why)
            return True

    def end(self, candidate: str) -> bool:
        """Forget a rollout and its verdicts; False if there was none."""
        with self._lock:
            self._forget(candidate)
            return self._rollouts.pop(candidate, None) is not None

    def note(self, verdicts: Sequence[Verdict]) -> None:
        """Keep verdicts, in order; those of no rollout are dropped."""
        with self._lock:
            self._verdicts += [one for one in verdicts if one.candidate in self._rollouts]

    def verdicts(self, *, latest: int) -> Mapping[str, Verdicts]:
        """Return the latest of each candidate and its incumbent."""
        with self._lock:
            return {
                name: Verdicts(self._latest(name, own=True)[:latest], self._latest(name, own=False)[:latest])
                for name in self._rollouts
            }

    def _latest(self, candidate: str, *, own: bool) -> tuple[bool, ...]:
        mine = [one.accepted for one in self._verdicts if one.candidate == candidate and one.own == own]
        return tuple(reversed(mine))

    def _forget(self, candidate: str) -> None:
        self._verdicts = [one for one in self._verdicts if one.candidate != candidate]
