"""`/maru model shadow`, `canary` and `settle`: how an administrator brings a new model in."""

import re
from collections.abc import Callable, Mapping, Sequence

from bot.application.administration import Command
from bot.application.model_words import say
from bot.dialogue.manager import COMMAND_PREFIX
from bot.domain.events import Event
from bot.domain.language import Language
from bot.domain.models import ModelEntry
from bot.domain.rollouts import EVERYWHERE, Rollout, Verdicts
from bot.ensemble.rollout import LATEST
from bot.ports.rollout_book import RolloutBook

HERE = "here"

_SHARE = re.compile(r"(\d{1,3}(?:\.\d)?) ?%")


class RolloutCommands:
    """The commands and what they use. entries: the catalogue as it is in use now."""

    def __init__(self, *, entries: Callable[[], Sequence[ModelEntry]], book: RolloutBook) -> None:
        self._entries = entries
        self._book = book

    def commands(self) -> Mapping[str, Command]:
        """Return the rows of the command table."""
        return {
            "model shadow": Command(self._begin_shadow, administrators_only=True),
            "model canary": Command(self._begin_canary, administrators_only=True),
            "model settle": Command(self._settle, administrators_only=True),
        }

    def _begin_shadow(self, rest: str, event: Event, language: Language) -> str:
        command = COMMAND_PREFIX[event.address.platform]
        words, share = _read(rest)
        if len(words) != 2 or share is None:
            return say("usage_shadow", language, c=command)
        new, old = words
        if problem := self._problem(new, old, language=language, command=command):
            return problem
        self._book.begin(Rollout(new, old, "shadow", share), by=event.person)
        return say("shadow_begun", language, name=new, old=old, share=share, c=command)

    def _begin_canary(self, rest: str, event: Event, language: Language) -> str:
        command = COMMAND_PREFIX[event.address.platform]
        words, share = _read(rest)
        if len(words) != 2 or share is None:
            return say("usage_canary", language, c=command)
        new, where = words
        found = next((one for one in self._book.rollouts() if one.candidate == new), None)
        if found is None:
            return say("no_rollout", language, name=new, c=command)
        if problem := self._problem(new, found.incumbent, language=language, command=command):
            return problem
        channel = event.address.channel if where == HERE else where
        self._book.begin(Rollout(new, found.incumbent, "canary", share, channel), by=event.person)
        place = _place(channel, language)
        return say("canary_begun", language, name=new, old=found.incumbent, share=share, where=place)

    def _settle(self, rest: str, event: Event, language: Language) -> str:
        name = rest.strip().strip("`")
        if not self._book.end(name):
            return say("no_rollout", language, name=name or "?", c=COMMAND_PREFIX[event.address.platform])
        return say("settled", language, name=name)

    def _problem(self, new: str, old: str, *, language: Language, command: str) -> str | None:
        """Return why the one cannot be measured against the other."""
        known = {entry.name for entry in self._entries()}
        missing = next((name for name in (new, old) if name not in known), None)
        if missing is not None:
            return say("no_model", language, c=command, name=missing)
        if new == old:
            return say("same", language)
        for other in self._book.rollouts():
            parts = {other.candidate, other.incumbent}
            if other.candidate != new and (new in parts or old in parts):
                name = new if new in parts else old
                return say("taken", language, name=name, other=other.candidate, c=command)
        return None


def standing_of(rollout: Rollout, verdicts: Verdicts, language: Language) -> str:
    """Return how a rollout goes, for the list of models."""
    mine, its = _record(verdicts.candidate), _record(verdicts.incumbent)
    if rollout.stage == "demoted":
        return say("demoted", language, why=rollout.why, mine=mine, its=its, old=rollout.incumbent)
    record = say("against", language, mine=mine, its=its)
    if rollout.stage == "shadow":
        return say("shadows", language, old=rollout.incumbent, share=rollout.share, record=record)
    where = _place(rollout.channel, language)
    return say("canaries", language, old=rollout.incumbent, share=rollout.share, where=where, record=record)


def standings(book: RolloutBook, language: Language) -> Mapping[str, str]:
    """Return for each candidate how its rollout goes."""
    verdicts = book.verdicts(latest=LATEST)
    return {
        one.candidate: standing_of(one, verdicts.get(one.candidate, Verdicts()), language) for one in book.rollouts()
    }


def _read(rest: str) -> tuple[list[str], float | None]:
    """Return the names, and the share at the end, 0 to 1; None where there is no such share. `all` alone is all."""
    share = _SHARE.search(rest)
    words = [word.strip("`") for word in _SHARE.sub(" ", rest, count=1).split()]
    if share is None:
        return words, 1.0 if words[-1:] == [EVERYWHERE] else None
    percent = float(share[1])
    return words, percent / 100 if 0 < percent <= 100 else None


def _place(channel: str, language: Language) -> str:
    return say("everywhere", language) if channel == EVERYWHERE else say("in_channel", language, channel=channel)


def _record(accepted: Sequence[bool]) -> str:
    return f"{sum(accepted)}/{len(accepted)}"
