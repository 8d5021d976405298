"""One message's requests, each read, decided and acted on, and answered together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.dialogue import errands
from bot.dialogue.answer import answer
from bot.dialogue.choosing import chooser
from bot.dialogue.combining import combined
from bot.dialogue.curating import expert_reply, given_by_words, offered, taken
from bot.dialogue.errands import Errand
from bot.dialogue.means import Effort, Means
from bot.dialogue.outcome import Outcome
from bot.dialogue.policy import decide_request
from bot.dialogue.reading import Reading, read
from bot.dialogue.texts import Task, transform
from bot.dialogue.tracking import Said
from bot.domain.actions import Action, Answer, Clarify, Curate, DoErrand, OfferToCurate, SmallTalk, TakeBack, Transform
from bot.domain.conversation import PersonId, Platform
from bot.domain.errors import EncoderUnavailable
from bot.domain.events import MessageReceived
from bot.domain.language import Language
from bot.domain.messages import Button, Reply
from bot.domain.state import DialogueState, Pending, Unanswered
from bot.generation.phrases import phrase
from bot.nlu.language import language_of
from bot.nlu.requests import requests
from bot.nlu.steering import to_use_next_time
from bot.nlu.understanding import KNOWLEDGE, Understanding

WITHOUT_COMMANDS = frozenset({Platform.API})
"""Where nobody can give a command; what is said of one means a shell on Maru's machine."""

MOST_DIGRESSIONS = 3
"""Other things said before Maru stops waiting for what it asked."""


@dataclass(frozen=True, slots=True)
class Turned:
    """What a message came to. said: what later turns must know of it; the text is the outcome's.

    question: what was answered from knowledge, standing alone, where the message asked nothing else.
    """

    outcome: Outcome
    said: Said
    action: str
    skill: str
    score: float
    question: str | None = None


@dataclass(frozen=True, slots=True)
class _Request:
    """One of a message's requests, and what it is answered with. now: aware, in the house's zone."""

    text: str
    position: int
    state: DialogueState
    event: MessageReceived
    command: str
    means: Means
    effort: Effort
    now: datetime

    @property
    def language(self) -> Language:
        return language_of(self.text)


@dataclass(frozen=True, slots=True)
class _Step:
    """A request, done."""

    reading: Reading
    action: Action
    outcome: Outcome


def talk(event: MessageReceived, state: DialogueState, *, command: str, means: Means, effort: Effort) -> Turned:
    """Answer a message. state: with the message observed. command: how commands start on this platform.

    Raises TransientError or Cancelled.
    """
    now = datetime.fromtimestamp(means.clock.now(), means.zone)
    stored = _still_possible(state, means)
    state = stored if stored.engaged in (None, event.person) else _without_engagement(stored)
    parts = (event.text,) if _whole(event, state) else requests(event.text)
    steps: list[_Step] = []
    topic = state.topic
    for position, part in enumerate(parts):
        here = replace(state, topic=topic)
        steps.append(_step(_Request(part, position, here, event, command, means, effort, now)))
        topic = _topic(steps[-1]) or topic
        effort.cancellation.check()
    outcome = combined([step.outcome for step in steps])
    waiting = _still_waiting(steps[-1], state)
    if waiting is not None:
        outcome = _reminding(outcome, waiting, means)
    said = _said(outcome, steps, waiting, topic=topic, person=event.person)
    return Turned(
        outcome=outcome,
        said=_engaging(said, event.person, stored),
        action=" + ".join(type(step.action).__name__ for step in steps),
        skill=" + ".join(step.reading.understood.skill for step in steps),
        score=min(step.reading.understood.score for step in steps),
        question=_topic(steps[0]) if len(steps) == 1 else None,
    )


def _whole(event: MessageReceived, state: DialogueState) -> bool:
    """Tell whether a message is one request however many sentences it has: it says what was asked for."""
    waited_for = state.pending or state.choices or expert_reply(event.text, state, event.person)
    return bool(waited_for) or to_use_next_time(event.text) is not None


def _without_engagement(state: DialogueState) -> DialogueState:
    return replace(state, pending=None, done=None, choices=(), unclear=None)


def _engaging(said: Said, person: PersonId, stored: DialogueState) -> Said:
    """Say with whom something is open now; what is open with somebody else stays so until something new comes."""
    if said.pending or said.done or said.choices:
        return replace(said, engaged=person)
    if stored.engaged in (None, person):
        return said
    return replace(said, pending=stored.pending, choices=stored.choices, unclear=stored.unclear)


def _still_possible(state: DialogueState, means: Means) -> DialogueState:
    """Forget what waits for skills that an administrator has switched off or changed since."""
    slots = {skill.name: {slot.name for slot in skill.slots} for skill in means.understander.skills}
    pending, done = state.pending, state.done
    if pending is not None and pending.missing not in slots.get(pending.skill, ()):
        state = replace(state, pending=None)
    if done is not None and done.skill not in slots:
        state = replace(state, done=None)
    return state if set(state.choices) <= set(slots) else replace(state, choices=(), unclear=None)


def _step(request: _Request) -> _Step:
    """Read, decide and act; where no encoder answers, the very words of a curated question are still understood."""
    try:
        return _understood(request)
    except EncoderUnavailable:
        outcome = given_by_words(request.text, request.means)
        if outcome is None:
            raise
        return _Step(_plainly(request), Answer(request.text), outcome)


def _plainly(request: _Request) -> Reading:
    """Return the reading of what needs no understanding."""
    return Reading(Understanding(request.language, KNOWLEDGE, request.text, ()))


def _understood(request: _Request) -> _Step:
    means = request.means
    account = request.effort.account
    if (answer := to_use_next_time(request.text)) is not None:
        return _Step(_plainly(request), Curate(answer), taken(answer, request.state, request.event, means=means))
    with account.stage("understand"):
        reading = read(
            request.text,
            request.state,
            now=request.now,
            means=means,
            account=account,
            choose=chooser(means, request.effort, language=request.language),
        )
    action = decide_request(reading, means.understander.skill(reading.understood.skill))
    if isinstance(action, Answer) and expert_reply(request.text, request.state, request.event.person):
        action = OfferToCurate()
    return _Step(reading, action, _act(action, reading, request))


def _act(action: Action, reading: Reading, request: _Request) -> Outcome:
    means, effort = request.means, request.effort
    match action:
        case Answer():
            return answer(reading.understood, command=request.command, means=means, effort=effort)
        case SmallTalk(skill):
            return _plain(_small_talk(skill, request))
        case DoErrand(skill):
            return errands.run(_errand(skill, reading, request))
        case Transform(skill):
            task = Task(means.understander.skill(skill), request.text, reading, request.state, request.event.address)
            return transform(task, means=means, effort=effort)
        case OfferToCurate():
            return offered(request.text, request.state, request.event.person)
        case Clarify(skills):
            return _clarified(skills, request)
        case TakeBack():
            return _taken_back(request)
        case _:
            raise AssertionError(f"{type(action).__name__} is decided before words are understood")


def _errand(skill: str, reading: Reading, request: _Request) -> Errand:
    pending, done = reading.pending, request.state.done
    return Errand(
        skill=request.means.understander.skill(skill),
        text=reading.understood.question,
        slots=pending.slots if pending else reading.slots,
        event=request.event,
        language=request.language,
        now=request.now,
        administrators=request.means.administrators,
        pending=pending,
        replaces=done.key if reading.corrects and done else None,
        position=request.position,
    )


def _small_talk(skill: str, request: _Request) -> str:
    instructions = request.means.understander.skill(skill).instructions
    said = phrase(skill, request.language, otherwise=instructions)
    if skill != "help" or request.event.address.platform in WITHOUT_COMMANDS:
        return said
    return f"{said} {phrase('commands', request.language, command=request.command)}"


def _clarified(skills: Sequence[str], request: _Request) -> Outcome:
    described = [request.means.understander.skill(skill).description for skill in skills]
    lines = [f"{number}. {words}" for number, words in enumerate(described, start=1)]
    buttons = tuple(Button(words[:75], str(number)) for number, words in enumerate(described, start=1))
    text = "\n".join([phrase("clarify", request.language), *lines])
    return Outcome(Reply(text, buttons=buttons), (), (), choices=tuple(skills), unclear=request.text)


def _taken_back(request: _Request) -> Outcome:
    done = request.state.done
    if request.state.pending is None and done is not None and done.key is not None:
        words = phrase("reminder_cancelled", request.language)
        return Outcome(Reply(words), (), (), withdrawn=(done.key,))
    return _plain(phrase("taken_back", request.language))


def _plain(text: str) -> Outcome:
    return Outcome(Reply(text), (), ())


def _topic(step: _Step) -> str | None:
    return step.action.question if isinstance(step.action, Answer) else None


def _still_waiting(step: _Step, state: DialogueState) -> Pending | None:
    """Return what Maru had asked for and was not told, if the person spoke of something else."""
    pending = state.pending
    if pending is None or step.reading.pending is not None or step.reading.cancelled or step.outcome.pending:
        return None
    return replace(pending, digressions=pending.digressions + 1) if pending.digressions < MOST_DIGRESSIONS else None


def _reminding(outcome: Outcome, waiting: Pending, means: Means) -> Outcome:
    slot = next(one for one in means.understander.skill(waiting.skill).slots if one.name == waiting.missing)
    language = language_of(outcome.reply.text)
    note = phrase("still_waiting", language, question=slot.ask[language])
    return replace(outcome, reply=replace(outcome.reply, text=f"{outcome.reply.text}\n\n{note}"))


def _said(
    outcome: Outcome, steps: Sequence[_Step], waiting: Pending | None, *, topic: str | None, person: PersonId
) -> Said:
    cancelled = any(step.outcome.withdrawn for step in steps)
    return Said(
        text=outcome.reply.text,
        topic=topic if any(_topic(step) for step in steps) else None,
        pending=outcome.pending or waiting,
        done=outcome.done,
        forget_done=cancelled,
        choices=outcome.choices,
        unclear=outcome.unclear,
        unanswered=outcome.unanswered or _unanswered(steps[-1], person),
        settles=outcome.settles,
    )


def _unanswered(step: _Step, person: PersonId) -> Unanswered | None:
    refused = any(one.rung == "refuse" for one in step.outcome.tries[-1:])
    return Unanswered(step.action.question, person) if isinstance(step.action, Answer) and refused else None
