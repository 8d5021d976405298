"""The skills that are understood now: those that ship, under those that administrators wrote, without what is off."""

import logging
from collections.abc import Sequence

from bot.domain.errors import DatabaseUnavailable, SkillInvalid
from bot.domain.skills import Skill
from bot.nlu.skills import builtin_skills, parse_skill
from bot.nlu.understanding import KNOWLEDGE, Understander
from bot.ports.clock import Clock
from bot.ports.skill_store import SkillEntry, SkillStore

LOOK_SECONDS = 2.0
"""How old what a process knows may be: a change is live everywhere within 5 s, and looking costs a turn nothing."""

_log = logging.getLogger(__name__)


def shelved(builtin: Sequence[Skill], entries: Sequence[SkillEntry]) -> tuple[Skill, ...]:
    """Return the skills to be understood. Answering from knowledge cannot be switched off: it is what is left.

    A file that this version cannot read is left out and logged; what it replaced counts again.
    """
    skills = {skill.name: skill for skill in builtin}
    for entry in entries:
        if entry.text is not None and entry.published:
            try:
                skills[entry.name] = parse_skill(entry.text)
            except SkillInvalid as error:
                _log.error("a skill is left out", extra={"skill": entry.name, "why": str(error)})
        if not entry.enabled and entry.name != KNOWLEDGE:
            skills.pop(entry.name, None)
    return tuple(skills[name] for name in sorted(skills))


class Shelf:
    """Keeps one process's understander in step with the store. Thread-safe: two that look at once do the same."""

    def __init__(self, store: SkillStore, understander: Understander, clock: Clock) -> None:
        self._store, self._understander, self._clock = store, understander, clock
        self._builtin = builtin_skills()
        self._version = ""
        self._due = 0.0

    def refresh(self) -> None:
        """Take over what changed, asking the store every LOOK_SECONDS at most; without a database nothing changes."""
        now = self._clock.monotonic()
        if now < self._due:
            return
        self._due = now + LOOK_SECONDS
        try:
            version = self._store.version()
            if version == self._version:
                return
            self._understander.learn(shelved(self._builtin, self._store.entries()))
            self._version = version
        except DatabaseUnavailable as error:
            _log.info("skills were not looked at", extra={"why": str(error)})
