"""`/maru skill …`: administrators add, try, switch and remove skills; nothing is published that fails its own test."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from bot.application.administration import Command
from bot.application.skill_words import say
from bot.application.trial import Trial
from bot.dialogue.manager import COMMAND_PREFIX
from bot.dialogue.means import Means
from bot.dialogue.shelf import shelved
from bot.domain.errors import MaruError, SkillInvalid
from bot.domain.events import Event
from bot.domain.language import Language
from bot.domain.money import channel_of
from bot.domain.skills import Skill
from bot.nlu.skills import builtin_file, builtin_skills, parse_skill
from bot.nlu.understanding import KNOWLEDGE
from bot.ports.audiences import Audiences
from bot.ports.ledger import Ledger
from bot.ports.skill_store import SkillEntry, SkillStore

TRIED = "skill trial"
"""The skill, in the ledger, of trials."""

_STRAIGHT = str.maketrans("“”„‟″‘’‚′", '"""""\'\'\'\'')
"""Chat clients bend quotation marks; TOML knows the straight ones only."""


class SkillCommands:
    """The commands and what they use. means: of the turns, for trials. ledger: takes what trials cost."""

    def __init__(self, *, store: SkillStore, means: Callable[[], Means], ledger: Ledger, audiences: Audiences) -> None:
        self._store, self._means, self._ledger, self._audiences = store, means, ledger, audiences
        self._builtin = builtin_skills()

    def commands(self) -> Mapping[str, Command]:
        """Return the rows of the command table."""
        return {
            "skill": Command(self._help),
            "skill list": Command(self._list),
            "skill show": Command(self._show, administrators_only=True),
            "skill try": Command(self._try, administrators_only=True),
            "skill add": Command(self._add, administrators_only=True),
            "skill disable": Command(partial(self._switch, on=False), administrators_only=True),
            "skill enable": Command(partial(self._switch, on=True), administrators_only=True),
            "skill remove": Command(self._remove, administrators_only=True),
        }

    def _help(self, _rest: str, event: Event, language: Language) -> str:
        return say("usage", language, c=COMMAND_PREFIX[event.address.platform])

    def _list(self, _rest: str, event: Event, language: Language) -> str:
        entries = {entry.name: entry for entry in self._store.entries()}
        described = {skill.name: skill.description for skill in self._builtin}
        for entry in entries.values():
            described[entry.name] = _description(entry) or described.get(entry.name, "")
        lines = [f"- `{name}` {described[name]}{_marks(entries.get(name), language)}" for name in sorted(described)]
        return "\n".join([say("list", language, count=len(lines)), *lines])

    def _show(self, rest: str, event: Event, language: Language) -> str:
        name = rest.strip()
        text = next((entry.text for entry in self._store.entries() if entry.name == name), None) or builtin_file(name)
        return f"```\n{text.strip()}\n```" if text else self._unknown(name, event, language)

    def _add(self, rest: str, event: Event, language: Language) -> str:
        text = rest.translate(_STRAIGHT).strip() + "\n"
        try:
            skill = parse_skill(text)
        except SkillInvalid as error:
            return say("refused", language, why=error)
        trial = Trial(skill, self._means_for(event))
        failures = trial.failures(language)
        self._bill(trial, event)
        published = bool(skill.golden) and not failures
        if not published and any(one.published and one.name == skill.name for one in self._store.entries()):
            return "\n".join([say("not_replaced", language, name=skill.name), *failures])
        self._store.put(SkillEntry(skill.name, text, enabled=True, published=published), by=event.person)
        if not skill.golden:
            return say("no_golden", language, name=skill.name)
        passed = len(skill.golden) - len(failures)
        first = say(
            "published" if published else "failed", language, name=skill.name, passed=passed, all=len(skill.golden)
        )
        return "\n".join([first, *failures])

    def _try(self, rest: str, event: Event, language: Language) -> str:
        name, _, words = rest.strip().partition(" ")
        skill = self._skill(name)
        if skill is None or not words.strip():
            return self._unknown(name, event, language) if skill is None else self._help("", event, language)
        trial = Trial(skill, self._means_for(event))
        try:
            turned = trial.ask(words.strip())
        except MaruError as error:
            return say("broke", language, say=words.strip(), why=error)
        finally:
            self._bill(trial, event)
        return f"`{turned.skill}`: {turned.outcome.reply.text}"

    def _bill(self, trial: Trial, event: Event) -> None:
        """Keep what a trial cost, whatever came of it: it is the administrator's."""
        if trial.calls:
            self._ledger.record(trial.calls, person=event.person, channel=channel_of(event.address), skill=TRIED)

    def _means_for(self, event: Event) -> Means:
        """A trial's answers are read by whoever reads the reply."""
        audience = self._audiences.of(event.person, event.address)
        return replace(self._means(), spaces=audience.spaces, narrowed=audience.narrowed)

    def _switch(self, rest: str, event: Event, language: Language, *, on: bool) -> str:
        name = rest.strip()
        if name == KNOWLEDGE:
            return say("always_on", language)
        if self._skill(name) is None:
            return self._unknown(name, event, language)
        kept = next((one for one in self._store.entries() if one.name == name), SkillEntry(name, None))
        self._store.put(replace(kept, enabled=on), by=event.person)
        return say("enabled" if on else "disabled", language, name=name)

    def _remove(self, rest: str, event: Event, language: Language) -> str:
        name = rest.strip()
        return say("removed", language, name=name) if self._store.remove(name) else self._unknown(name, event, language)

    def _unknown(self, name: str, event: Event, language: Language) -> str:
        return say("no_skill", language, name=name, c=COMMAND_PREFIX[event.address.platform])

    def _skill(self, name: str) -> Skill | None:
        """Return a skill by its name, published or not, on or off."""
        entries = [replace(one, published=True, enabled=True) for one in self._store.entries()]
        return next((one for one in shelved(self._builtin, entries) if one.name == name), None)


def _description(entry: SkillEntry) -> str | None:
    try:
        return parse_skill(entry.text).description if entry.text else None
    except SkillInvalid:  # written for another version of Maru
        return None


def _marks(entry: SkillEntry | None, language: Language) -> str:
    if entry is None:
        return ""
    own = (say("own", language) if entry.published else say("draft", language)) if entry.text else ""
    return own + ("" if entry.enabled else say("off", language))
