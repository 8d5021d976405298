"""What to do: pure and total, one file."""

import re

from bot.domain.actions import Action, Answer, AskBigger, ConfirmStop, Hint, RunCommand, SmallTalk, TurnAway
from bot.domain.conversation import Standing
from bot.domain.events import CommandReceived, Event, MessageReceived, StopRequested
from bot.nlu.understanding import KNOWLEDGE, Understanding

LONGEST_QUESTION = 4_000
"""Characters. Longer messages are refused politely: half a question would be another question."""

_BIGGER = re.compile(r"\s*bigger(?:\s+(\d{1,18}))?\s*", re.IGNORECASE)


def decide(event: Event, understanding: Understanding | None, standing: Standing) -> Action:
    """Choose the turn's one action. `understanding` is None where nothing `needs_understanding`."""
    if standing is Standing.STRANGER:
        return TurnAway()
    if isinstance(event, CommandReceived):
        return asked_bigger(event) or RunCommand(event.text)
    if isinstance(event, StopRequested):
        return ConfirmStop(event.stopped, everywhere=event.about is None)
    if not any(character.isalnum() for character in event.text):
        return Hint("empty")
    if len(event.text) > LONGEST_QUESTION:
        return Hint("too_long")
    assert understanding is not None, "words that decide are understood first"
    if understanding.skill != KNOWLEDGE:
        return SmallTalk(understanding.skill)
    return Answer(understanding.question)


def needs_understanding(event: Event, standing: Standing) -> bool:
    """Tell whether the decision depends on what the words mean; only then is it worth an embedding."""
    if standing is Standing.STRANGER or not isinstance(event, MessageReceived):
        return False
    return any(character.isalnum() for character in event.text) and len(event.text) <= LONGEST_QUESTION


def asked_bigger(event: Event) -> AskBigger | None:
    """Return the wish for a larger model, if the event is one: a command that a model answers."""
    asked = _BIGGER.fullmatch(event.text) if isinstance(event, CommandReceived) else None
    return AskBigger(int(asked[1]) if asked[1] else None) if asked else None
