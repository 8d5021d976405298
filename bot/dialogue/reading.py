"""What a message is, before anybody acts: the first thing that surely reads it decides, the model last.

The order: an answer to what Maru offered or asked, a request taken back or corrected, what a tool reads by itself,
the nearest example, and where two skills are equally near a small model's choice among a closed list of commands.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.dialogue.means import Account, Means
from bot.domain.state import DialogueState, Pending, Slots
from bot.nlu.follow_up import JOINT
from bot.nlu.grammar import Command
from bot.nlu.language import language_of
from bot.nlu.steering import choice, correction, takes_back
from bot.nlu.understanding import KNOWLEDGE, Understanding
from bot.tools.calculator import calculation
from bot.tools.clock import tell
from bot.tools.reminder import read_wish

CALCULATE, CLOCK, REMIND = "calculate", "time-and-date", "remind"

_SHORT_CORRECTION = 3
"""Words. A longer one says all that is meant and needs nothing of what it corrects."""

_REMINDER = re.compile(r"remind|알림|리마인더", re.IGNORECASE)
_KOREAN_REMINDER = ("알려", "말해", "리마인드", "상기")

Choose = Callable[[str, tuple[str, ...], DialogueState], Command | None]
"""Lets a model choose among skills; None where no model can."""


@dataclass(frozen=True, slots=True)
class Reading:
    """understood: language, skill, question. pending: the skill that waits for this message, which answers it.

    slots: what a corrected errand knew. cancelled: the request was taken back. rivals: the person must choose.
    """

    understood: Understanding
    pending: Pending | None = None
    slots: Slots = ()
    corrects: bool = False
    cancelled: bool = False
    rivals: tuple[str, ...] = ()
    command: str = "RunSkill"


def read(text: str, state: DialogueState, *, now: datetime, means: Means, account: Account, choose: Choose) -> Reading:
    """Read one request. Raises EncoderUnavailable."""
    language = language_of(text)

    def known(skill: str) -> Understanding:
        return Understanding(language, skill, text, ())

    picked = choice(text, len(state.choices)) if state.choices and state.unclear else None
    if picked is not None and state.unclear is not None:
        again = means.understander.understand(state.unclear, state.topic, account=account)
        return Reading(replace(again, skill=state.choices[picked], rivals=()))
    if takes_back(text) and (skill := _to_take_back(text, state)):
        return Reading(known(skill), cancelled=True, command="Cancel")
    if (changed := _corrected(text, state, means, account=account)) is not None:
        return changed
    if state.pending is not None and _answers(text, state.pending, now=now, means=means):
        return Reading(known(state.pending.skill), pending=state.pending, command="SetSlot")
    if (skill := _by_tool(text, now=now, means=means)) is not None:
        return Reading(known(skill))
    return _by_example(text, state, means=means, account=account, choose=choose)


def _to_take_back(text: str, state: DialogueState) -> str | None:
    if state.pending is not None:
        return state.pending.skill
    done = state.done
    if done is None or done.key is None:
        return None
    return done.skill if done.latest or _REMINDER.search(text) else None


def _corrected(text: str, state: DialogueState, means: Means, *, account: Account) -> Reading | None:
    """Read "no, at ten": of an errand the slots stay and the new words are read over them, of a question the topic."""
    rest = correction(text)
    if rest is None:
        return None
    language = language_of(text)
    if state.pending is not None:
        return Reading(
            Understanding(language, state.pending.skill, rest, ()), pending=state.pending, command="CorrectSlot"
        )
    if state.done is not None and state.done.key is not None and state.done.latest:
        corrected = Understanding(language, state.done.skill, rest, ())
        return Reading(corrected, slots=state.done.slots, corrects=True, command="CorrectSlot")
    if state.topic is None:
        return None
    short = len(rest.split()) <= _SHORT_CORRECTION
    question = f"{state.topic.split(JOINT)[0].rstrip(' ?.!')}{JOINT}{rest}" if short else rest
    understood = means.understander.understand(question, None, account=account)
    return Reading(replace(understood, language=language, skill=KNOWLEDGE, rivals=()), command="CorrectSlot")


def _answers(text: str, pending: Pending, *, now: datetime, means: Means) -> bool:
    """Tell whether a message answers what was asked, and is no digression."""
    asks = text.rstrip().endswith(("?", "？"))
    if pending.missing == "when":
        wish = read_wish(text, now)
        aside = asks and wish.what is not None  # "can I deploy on Friday?" names a time and asks something else
        return (wish.when is not None or wish.past) and not aside
    if asks or _by_tool(text, now=now, means=means) is not None:
        return False
    slot = next((one for one in means.understander.skill(pending.skill).slots if one.name == pending.missing), None)
    if slot is None or not slot.values:
        return True
    return text.strip().casefold() in (value.casefold() for value in slot.values)


def _by_tool(text: str, *, now: datetime, means: Means) -> str | None:
    """Return the skill whose tool reads the message by itself, if that skill is to be had."""
    there = {skill.name for skill in means.understander.skills}
    language = language_of(text)
    if CALCULATE in there and calculation(text) is not None:
        return CALCULATE
    if CLOCK in there and tell(text, now, language) is not None:
        return CLOCK
    if REMIND in there and language == "ko" and any(one in text[-20:] for one in _KOREAN_REMINDER):
        wish = read_wish(text, now)  # "알려 줘" asks for anything; with a time it asks for a reminder
        return REMIND if wish.when is not None and wish.what else None
    return None


def _by_example(text: str, state: DialogueState, *, means: Means, account: Account, choose: Choose) -> Reading:
    understood = means.understander.understand(text, state.topic, account=account)
    if not understood.rivals:
        return Reading(understood)
    possible = (understood.skill, *understood.rivals)
    chosen = choose(text, possible, state)
    if chosen is None:
        # Documents are a safe place to look: what is not there is said so. Two errands are not.
        if KNOWLEDGE in possible:
            return Reading(replace(understood, skill=KNOWLEDGE, rivals=()))
        return Reading(understood, rivals=possible, command="Clarify")
    match chosen.name:
        case "RunSkill":
            return Reading(replace(understood, skill=chosen.skill, rivals=()))
        case "Answer":
            return Reading(replace(understood, skill=KNOWLEDGE, rivals=()), command="Answer")
        case _:
            return Reading(understood, rivals=possible, command="Clarify")
