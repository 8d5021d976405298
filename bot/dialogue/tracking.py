"""What is known of a conversation, as a pure fold over what was said (design: `observe(state, event) -> state`)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.domain.conversation import PersonId, Utterance
from bot.domain.events import Event, MessageReceived
from bot.domain.state import DialogueState, Done, Pending, Unanswered

REMEMBERED = 12
"""Utterances kept, both sides together: six exchanges cover a follow-up's reach and keep the row small."""

_LONGEST = 2_000
"""Characters kept of one utterance."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a turn came to, of which later turns must know. topic: the standalone question it answered, if it was one.

    forget_done: the last errand was taken back. unanswered: the question that could not be answered. settles: the one
    of before is answered by now.
    """

    text: str
    topic: str | None = None
    pending: Pending | None = None
    done: Done | None = None
    forget_done: bool = False
    choices: tuple[str, ...] = ()
    unclear: str | None = None
    engaged: PersonId | None = None
    unanswered: Unanswered | None = None
    settles: bool = False


def fold(history: Iterable[Event | Said]) -> DialogueState:
    """Return the state after a whole conversation, from nothing."""
    state = DialogueState()
    for one in history:
        state = observe(state, one)
    return state


def observe(state: DialogueState, event: Event | Said) -> DialogueState:
    """Add what was said, by whom ever. Commands are no part of the talk; an API call brings its own history."""
    if isinstance(event, Said):
        return _answered(state, event)
    if not isinstance(event, MessageReceived):
        return state
    before, topic = state.utterances, state.topic
    if event.history:
        before = tuple(replace(one, text=one.text[:_LONGEST]) for one in _recent(event.history))
        topic = next((one.text for one in reversed(before) if one.role == "person"), None)
    utterances = _recent((*before, Utterance("person", event.text[:_LONGEST])))
    return replace(state, utterances=utterances, topic=topic)


def _answered(state: DialogueState, said: Said) -> DialogueState:
    return DialogueState(
        utterances=_recent((*state.utterances, Utterance("maru", said.text[:_LONGEST]))),
        topic=said.topic or state.topic,
        pending=said.pending,
        done=said.done or _earlier(state.done, said),
        choices=said.choices,
        unclear=said.unclear,
        engaged=said.engaged or state.engaged,
        unanswered=said.unanswered or (None if said.topic or said.settles else state.unanswered),
    )


def _earlier(done: Done | None, said: Said) -> Done | None:
    if done is None or said.forget_done:
        return None
    return replace(done, latest=False) if said.topic else done


def _recent(utterances: tuple[Utterance, ...]) -> tuple[Utterance, ...]:
    return utterances[-REMEMBERED:]
