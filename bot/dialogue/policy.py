"""What to do: pure and total, one file."""

import re

from bot.dialogue.reading import Reading
from bot.domain.actions import (
    Action,
    Answer,
    AskBigger,
    AskOwner,
    Clarify,
    ConfirmStop,
    DoErrand,
    Hint,
    Plain,
    RunCommand,
    SmallTalk,
    TakeBack,
    Transform,
    TurnAway,
)
from bot.domain.conversation import Standing
from bot.domain.events import CommandReceived, Event, MessageReceived, StopRequested
from bot.domain.skills import Skill

LONGEST_QUESTION = 4_000
"""Characters. Longer messages are refused politely: half a question would be another question."""

_OWNER = re.compile(r"\s*ask-owner\s+(\d{1,18})\s*", re.IGNORECASE)
_BIGGER = re.compile(r"\s*bigger(?:\s+(\d{1,18}))?\s*", re.IGNORECASE)


def decide(event: Event, standing: Standing) -> Plain | None:
    """Choose what to do where words need not be understood; None where they must be."""
    if standing is Standing.STRANGER:
        return TurnAway()
    if isinstance(event, CommandReceived):
        return asked_bigger(event) or asked_owner(event) or RunCommand(event.text)
    if isinstance(event, StopRequested):
        return ConfirmStop(event.stopped, everywhere=event.about is None)
    assert isinstance(event, MessageReceived), "the three kinds of event"
    if not any(character.isalnum() for character in event.text):
        return Hint("empty")
    if len(event.text) > LONGEST_QUESTION:
        return Hint("too_long")
    return None


def asked_bigger(event: Event) -> AskBigger | None:
    """Return the wish for a larger model, if the event is one: a command that a model answers."""
    asked = _BIGGER.fullmatch(event.text) if isinstance(event, CommandReceived) else None
    return AskBigger(int(asked[1]) if asked[1] else None) if asked else None


def asked_owner(event: Event) -> AskOwner | None:
    """Return the wish to hand a question over, if the event is one: a button under what was not found."""
    asked = _OWNER.fullmatch(event.text) if isinstance(event, CommandReceived) else None
    return AskOwner(int(asked[1])) if asked else None


def decide_request(reading: Reading, skill: Skill) -> Action:
    """Choose what to do about one request. skill: the one that was understood."""
    if reading.cancelled:
        return TakeBack()
    if reading.rivals:
        return Clarify(reading.rivals)
    if skill.knowledge:
        return Answer(reading.understood.question)
    if skill.tools:
        return DoErrand(skill.name)
    if skill.ladder:
        return Transform(skill.name)
    return SmallTalk(skill.name)
