"""What is known of a conversation, as a pure fold over what was said (design: `observe(state, event) -> state`)."""

from dataclasses import replace

from bot.domain.conversation import Utterance
from bot.domain.events import Event, MessageReceived
from bot.domain.state import DialogueState

REMEMBERED = 12
"""Utterances kept, both sides together: six exchanges cover a follow-up's reach and keep the row small."""

_LONGEST = 2_000
"""Characters kept of one utterance."""


def observe(state: DialogueState, event: Event) -> DialogueState:
    """Add what the person said. Commands are not part of the talk; an API call brings its own history."""
    if not isinstance(event, MessageReceived):
        return state
    before, topic = state.utterances, state.topic
    if event.history:
        before = tuple(replace(one, text=one.text[:_LONGEST]) for one in _recent(event.history))
        topic = next((one.text for one in reversed(before) if one.role == "person"), None)
    return DialogueState(_recent((*before, Utterance("person", event.text[:_LONGEST]))), topic)


def said(state: DialogueState, text: str, *, topic: str | None) -> DialogueState:
    """Add what Maru said; `topic` is the standalone question it answered, None where it answered none."""
    utterances = _recent((*state.utterances, Utterance("maru", text[:_LONGEST])))
    return replace(state, utterances=utterances, topic=topic or state.topic)


def _recent(utterances: tuple[Utterance, ...]) -> tuple[Utterance, ...]:
    return utterances[-REMEMBERED:]
