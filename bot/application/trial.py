"""Tries a skill before people are given it: the same Dialogue Manager, with this skill among the others."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.application.skill_words import say
from bot.dialogue.means import Effort, Means
from bot.dialogue.talk import Turned, talk
from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.errors import Cancelled, MaruError
from bot.domain.events import EventId, MessageKey, MessageReceived
from bot.domain.language import Language
from bot.domain.messages import ModelCall
from bot.domain.skills import Golden, Skill
from bot.domain.state import DialogueState

TRIAL_SECONDS = 40.0
"""For everything that one trial asks, within the turn's own deadline."""

_SHOWN = 200
_PERSON = PersonId("api:trial")
_ADDRESS = Address(Platform.API)
"""Where nobody can be reminded of anything, or fetched: a trial says and does nothing outside."""


class Trial:
    """One skill in a copy of the understander, which nobody else uses."""

    def __init__(self, skill: Skill, means: Means) -> None:
        others = (one for one in means.understander.skills if one.name != skill.name)
        self._skill = skill
        self._account = means.account()
        self._means = replace(means, understander=means.understander.with_skills((*others, skill)))
        self._deadline = _Deadline(means.clock.monotonic, means.clock.monotonic() + TRIAL_SECONDS)

    def ask(self, text: str) -> Turned:
        """Answer a message as if it were the first of a talk. Raises MaruError."""
        message = MessageReceived(
            EventId("api:trial"), MessageKey("api:trial"), ConversationId("api:trial"), _PERSON, _ADDRESS, text
        )
        effort = Effort(_PERSON, self._deadline, lambda words: None, self._account)
        return talk(message, DialogueState(), command="maru ", means=self._means, effort=effort)

    @property
    def calls(self) -> tuple[ModelCall, ...]:
        """What it has spent so far."""
        return tuple(self._account.calls)

    def failures(self, language: Language) -> list[str]:
        """Ask the golden questions, and say in words which failed and why."""
        found = (self._failure(golden, language) for golden in self._skill.golden)
        return [one for one in found if one]

    def _failure(self, golden: Golden, language: Language) -> str | None:
        try:
            turned = self.ask(golden.say)
        except MaruError as error:
            return say("broke", language, say=golden.say, why=error)
        if turned.skill != self._skill.name:
            return say("misunderstood", language, say=golden.say, skill=turned.skill)
        answer = turned.outcome.reply.text
        missing = next((one for one in golden.contains if one.casefold() not in answer.casefold()), None)
        if missing is None:
            return None
        return say("lacks", language, say=golden.say, missing=missing, answer=answer[:_SHOWN])


@dataclass(frozen=True, slots=True)
class _Deadline:
    """`Cancellation` by time alone. ends: by the monotonic clock."""

    monotonic: Callable[[], float]
    ends: float

    def remaining(self) -> float:
        """Return the seconds left."""
        return self.ends - self.monotonic()

    def cancelled(self) -> bool:
        """Tell whether the time is over."""
        return self.remaining() <= 0

    def check(self) -> None:
        """Raise Cancelled once the time is over."""
        if self.cancelled():
            raise Cancelled(f"the trial took longer than {TRIAL_SECONDS:.0f} s")
