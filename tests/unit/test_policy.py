"""What to do is decided by a table; it is total."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.policy import LONGEST_QUESTION, decide, decide_request
from bot.dialogue.reading import Reading
from bot.domain.actions import (
    Action,
    Answer,
    AskBigger,
    Clarify,
    DoErrand,
    Hint,
    RunCommand,
    SmallTalk,
    TakeBack,
    Transform,
    TurnAway,
)
from bot.domain.conversation import Standing
from bot.domain.events import Event
from bot.nlu.skills import builtin_skills
from bot.nlu.understanding import KNOWLEDGE, Understanding
from tests.unit.test_tracking import command, message

SKILLS = {skill.name: skill for skill in builtin_skills()}


def reading(skill: str, **more: object) -> Reading:
    return Reading(Understanding("en", skill, "how do I deploy — and staging?", (1.0,)), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("event", "standing", "action"),
    [
        (message("how do I deploy?"), Standing.STRANGER, TurnAway()),
        (command("kb add x"), Standing.STRANGER, TurnAway()),
        (message(""), Standing.STRANGER, TurnAway()),
        (command("kb list"), Standing.MEMBER, RunCommand("kb list")),
        (command(""), Standing.ADMINISTRATOR, RunCommand("")),
        (command("bigger"), Standing.MEMBER, AskBigger(None)),
        (command(" Bigger  17 "), Standing.MEMBER, AskBigger(17)),
        (command("bigger picture"), Standing.MEMBER, RunCommand("bigger picture")),
        (command("biggest"), Standing.MEMBER, RunCommand("biggest")),
        (command("bigger 17"), Standing.STRANGER, TurnAway()),
        (message("bigger 17"), Standing.MEMBER, None),
        (message(""), Standing.MEMBER, Hint("empty")),
        (message(" \n\t "), Standing.MEMBER, Hint("empty")),
        (message("x" * LONGEST_QUESTION), Standing.MEMBER, None),
        (message("x" * (LONGEST_QUESTION + 1)), Standing.MEMBER, Hint("too_long")),
        (message("hi"), Standing.ADMINISTRATOR, None),
    ],
)
def test_the_table_of_events(event: Event, standing: Standing, action: Action | None) -> None:
    assert decide(event, standing) == action


@pytest.mark.parametrize(
    ("read", "action"),
    [
        (reading(KNOWLEDGE), Answer("how do I deploy — and staging?")),
        (reading("greeting"), SmallTalk("greeting")),
        (reading("remind"), DoErrand("remind")),
        (reading("translate"), Transform("translate")),
        (reading("remind", cancelled=True), TakeBack()),
        (reading("rewrite", rivals=("rewrite", "translate")), Clarify(("rewrite", "translate"))),
    ],
)
def test_the_table_of_requests(read: Reading, action: Action) -> None:
    assert decide_request(read, SKILLS[read.understood.skill]) == action


@given(st.text(max_size=20) | st.just("x" * 5_000), st.booleans(), st.sampled_from(Standing))
def test_every_event_is_decided_or_understood_and_a_stranger_always_the_same(
    text: str, is_command: bool, standing: Standing
) -> None:
    event = command(text) if is_command else message(text)
    assert (decide(event, standing) == TurnAway()) == (standing is Standing.STRANGER)


@given(st.sampled_from(sorted(SKILLS)), st.booleans(), st.booleans())
def test_every_reading_is_decided(skill: str, cancelled: bool, unclear: bool) -> None:
    rivals = (skill, KNOWLEDGE) if unclear else ()
    assert decide_request(reading(skill, cancelled=cancelled, rivals=rivals), SKILLS[skill]) is not None
