"""What to do is decided by a table; it is total."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.policy import LONGEST_QUESTION, decide, needs_understanding
from bot.domain.actions import Action, Answer, AskBigger, Hint, RunCommand, SmallTalk, TurnAway
from bot.domain.conversation import Standing
from bot.domain.events import Event
from bot.nlu.understanding import KNOWLEDGE, Understanding
from tests.unit.test_tracking import command, message

QUESTION = Understanding("en", KNOWLEDGE, "how do I deploy — and staging?", (1.0,))
GREETING = Understanding("en", "greeting", "hi", (1.0,))


@pytest.mark.parametrize(
    ("event", "understanding", "standing", "action"),
    [
        (message("how do I deploy?"), QUESTION, Standing.STRANGER, TurnAway()),
        (command("kb add x"), None, Standing.STRANGER, TurnAway()),
        (message(""), None, Standing.STRANGER, TurnAway()),
        (command("kb list"), None, Standing.MEMBER, RunCommand("kb list")),
        (command(""), None, Standing.ADMINISTRATOR, RunCommand("")),
        (command("bigger"), None, Standing.MEMBER, AskBigger(None)),
        (command(" Bigger  17 "), None, Standing.MEMBER, AskBigger(17)),
        (command("bigger picture"), None, Standing.MEMBER, RunCommand("bigger picture")),
        (command("biggest"), None, Standing.MEMBER, RunCommand("biggest")),
        (command("bigger 17"), None, Standing.STRANGER, TurnAway()),
        (message("bigger 17"), QUESTION, Standing.MEMBER, Answer(QUESTION.question)),
        (message(""), None, Standing.MEMBER, Hint("empty")),
        (message(" \n\t "), None, Standing.MEMBER, Hint("empty")),
        (message("x" * LONGEST_QUESTION), QUESTION, Standing.MEMBER, Answer(QUESTION.question)),
        (message("x" * (LONGEST_QUESTION + 1)), None, Standing.MEMBER, Hint("too_long")),
        (message("and staging?"), QUESTION, Standing.MEMBER, Answer(QUESTION.question)),
        (message("hi"), GREETING, Standing.MEMBER, SmallTalk("greeting")),
        (message("hi"), GREETING, Standing.ADMINISTRATOR, SmallTalk("greeting")),
    ],
)
def test_the_table(event: Event, understanding: Understanding | None, standing: Standing, action: Action) -> None:
    assert decide(event, understanding, standing) == action


@given(
    st.text(max_size=20) | st.just("x" * 5_000),
    st.booleans(),
    st.sampled_from(Standing),
    st.sampled_from([QUESTION, GREETING]),
)
def test_every_event_gets_an_action_and_a_stranger_always_the_same(
    text: str, is_command: bool, standing: Standing, understanding: Understanding
) -> None:
    event = command(text) if is_command else message(text)
    action = decide(event, understanding if needs_understanding(event, standing) else None, standing)
    assert (action == TurnAway()) == (standing is Standing.STRANGER)


@pytest.mark.parametrize("event", [message("how do I deploy?"), message(""), message("x" * 5_000), command("help")])
@pytest.mark.parametrize("standing", list(Standing))
def test_words_are_understood_only_where_they_decide(event: Event, standing: Standing) -> None:
    decided = {type(decide(event, one, standing)) for one in (QUESTION, GREETING)}
    assert needs_understanding(event, standing) == (len(decided) > 1)
