"""What a message is, before anybody acts: the first thing that surely reads it decides, the model last.

The order: an answer to what Maru offered or asked, a request taken back or corrected, what a tool reads by itself,
the nearest example, and where two skills are equally near a small model's choice among a closed list of commands.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from bot.dialogue.means import Account, Means
from bot.domain.state import DialogueState, Done, Pending, Slots
from bot.nlu.follow_up import JOINT, renumbered
from bot.nlu.grammar import Command
from bot.nlu.language import language_of
from bot.nlu.mood import asks_about
from bot.nlu.requests import requests
from bot.nlu.steering import choice, correction, declines, only_hesitates, takes_back
from bot.nlu.understanding import CHATTER, KNOWLEDGE, Understanding
from bot.tools.calculator import calculation
from bot.tools.clock import tell
from bot.tools.reminder import bids_in_korean, read_wish

CALCULATE, CLOCK, HAND_OFF, REMIND = "calculate", "time-and-date", "hand-off", "remind"

_SHORT_CORRECTION = 3
"""Words. A longer one says all that is meant and needs nothing of what it corrects."""

_LONGEST_ASIDE = 30
"""Words; a longer message is the text that was asked for, and no question beside it."""

_REMINDER = re.compile(r"remind|알림|리마인더", re.IGNORECASE)
_TOLD_AGAIN = re.compile(r"\bremind (?:me|us) (?:again )?(?:what|how|who|whose|where|why|which)\b", re.IGNORECASE)
"""Asks for what was known once, and for no reminder."""

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
    if (skill := _to_take_back(text, state, now)) is not None:
        return Reading(known(skill), cancelled=True, command="Cancel")
    if (changed := _corrected(text, state, means, now=now, account=account)) is not None:
        return changed
    if state.pending is not None and _answers(text, state.pending, now=now, means=means):
        return Reading(known(state.pending.skill), pending=state.pending, command="SetSlot")
    if (skill := _by_tool(text, now=now, means=means)) is not None:
        return Reading(known(skill))
    found = _by_example(text, state, means=means, account=account, choose=choose)
    if found.understood.skill == REMIND and _TOLD_AGAIN.search(text) and read_wish(text, now).when is None:
        return Reading(replace(found.understood, skill=KNOWLEDGE, rivals=()))
    return found


def _to_take_back(text: str, state: DialogueState, now: datetime) -> str | None:
    """Return the skill of what a message takes back; what was posted already cannot be."""
    if state.pending is not None:
        return state.pending.skill if takes_back(text) or declines(text) else None
    done = state.done
    if done is None or not takes_back(text) or not _planned(done, now):
        return None
    return done.skill if done.latest or _REMINDER.search(text) else None


def _planned(done: Done, now: datetime) -> bool:
    when = dict(done.slots).get("when")
    return done.key is not None and (when is None or datetime.fromisoformat(when) > now)


def _corrected(text: str, state: DialogueState, means: Means, *, now: datetime, account: Account) -> Reading | None:
    """Read "no, at ten": of an errand the slots stay and the new words are read over them, of a question the topic."""
    rest = correction(text)
    if rest is None:
        return None
    language, asks = language_of(text), asks_about(text if language_of(text) == "ko" else rest)
    if state.pending is not None and not asks:
        return Reading(
            Understanding(language, state.pending.skill, rest, ()), pending=state.pending, command="CorrectSlot"
        )
    if state.done is not None and state.done.latest and _planned(state.done, now) and not asks:
        wish = read_wish(rest, now)
        if only_hesitates(text) and wish.when is None and not wish.past:
            return None
        corrected = Understanding(language, state.done.skill, rest, ())
        return Reading(corrected, slots=state.done.slots, corrects=True, command="CorrectSlot")
    if state.topic is None or state.pending is not None:
        return None
    asked = read_wish(state.topic, now)
    if _only_a_time(rest, now) and asked.when is None and not asked.past:
        return None  # it corrects a time, and the question has none
    question = _put_right(state, rest)
    understood = means.understander.understand(question, None, account=account)
    return Reading(replace(understood, language=language, skill=KNOWLEDGE, rivals=()), command="CorrectSlot")


def _put_right(state: DialogueState, rest: str) -> str:
    """Return the question that a correction makes of the one before, or of one of several in the message before."""
    topic = state.topic or ""
    before = next((one.text for one in reversed(state.utterances[:-1]) if one.role == "person"), "")
    several = requests(before)
    for asked in (*(several if len(several) > 1 else ()), topic):
        if (renamed := renumbered(asked, rest)) is not None:
            return renamed
    short = len(rest.split()) <= _SHORT_CORRECTION
    return f"{topic.split(JOINT)[0].rstrip(' ?.!')}{JOINT}{rest}" if short else rest


def _answers(text: str, pending: Pending, *, now: datetime, means: Means) -> bool:
    """Tell whether a message answers what was asked, and is no digression."""
    pasted = "\n" in text.strip() or len(text.split()) > _LONGEST_ASIDE
    asks = text.rstrip().endswith(("?", "？")) and not pasted
    if pending.missing == "when":
        wish = read_wish(text, now)
        aside = asks and wish.what is not None  # "can I deploy on Friday?" names a time and asks something else
        return (wish.when is not None or wish.past) and not aside
    if pasted and pending.missing == "text":  # with whatever question it ends
        return True
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
    if REMIND in there and _only_a_time(text, now):
        return REMIND  # what else would it be for? Maru asks what to remind of
    if REMIND in there and language == "ko" and any(one in text[-20:] for one in _KOREAN_REMINDER):
        return REMIND if bids_in_korean(text, now) else None
    return None


def _only_a_time(text: str, now: datetime) -> bool:
    """Tell whether a message is a time of the clock and nothing else: "tomorrow at 9"."""
    wish = read_wish(correction(text) or text, now)
    return wish.when is not None and wish.clock and not wish.what and not text.rstrip().endswith(("?", "？"))


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
    return _commanded(chosen, understood, state, text=text, there={one.name for one in means.understander.skills})


def _commanded(
    chosen: Command, understood: Understanding, state: DialogueState, *, text: str, there: Collection[str]
) -> Reading:
    """Do as the model chose where that can be; its value is not used, for the person's own words say it."""
    pending = state.pending

    def known(skill: str) -> Understanding:
        return replace(understood, skill=skill, rivals=())

    match chosen.name:
        case "RunSkill":
            return Reading(known(chosen.skill))
        case "Answer":
            return Reading(known(KNOWLEDGE), command="Answer")
        case "SetSlot" | "CorrectSlot" if pending is not None:
            said = Understanding(understood.language, pending.skill, text, ())
            return Reading(said, pending=pending, command=chosen.name)
        case "Cancel" if pending is not None:
            return Reading(known(pending.skill), cancelled=True, command="Cancel")
        case "Chitchat" if CHATTER in there:
            return Reading(known(CHATTER), command="Chitchat")
        case "HandOff" if HAND_OFF in there:
            return Reading(known(HAND_OFF), command="HandOff")
        case _:
            return Reading(understood, rivals=(understood.skill, *understood.rivals), command="Clarify")
