"""What is known of a conversation is a pure fold over what was said."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.tracking import REMEMBERED, Said, fold, observe
from bot.domain.conversation import Address, ConversationId, PersonId, Platform, Utterance
from bot.domain.events import CommandReceived, Event, EventId, MessageKey, MessageReceived
from bot.domain.messages import ReplyKey
from bot.domain.state import DialogueState, Done, Pending, Unanswered
from integrations.postgres.codec import STATE


def message(text: str, *history: Utterance) -> MessageReceived:
    return MessageReceived(
        EventId("console:1"),
        MessageKey("console:1"),
        ConversationId("console:1"),
        PersonId("console:local"),
        Address(Platform.CONSOLE),
        text,
        history,
    )


def command(text: str) -> CommandReceived:
    one = message(text)
    return CommandReceived(one.event_id, one.message_key, one.conversation, one.person, one.address, text)


def test_what_was_said_is_remembered_in_order() -> None:
    state = observe(observe(DialogueState(), message("hi")), Said("Hello!"))
    assert state.utterances == (Utterance("person", "hi"), Utterance("maru", "Hello!"))


def test_commands_are_no_part_of_the_talk() -> None:
    state = observe(DialogueState(), message("hi"))
    assert observe(state, command("kb list")) == state


def test_a_topic_stays_until_another_question_was_answered() -> None:
    state = observe(DialogueState(), Said("answer", topic="how do I deploy?"))
    state = observe(observe(state, message("thanks")), Said("You're welcome!"))
    assert state.topic == "how do I deploy?"
    assert observe(state, Said("answer", topic="how do I roll back?")).topic == "how do I roll back?"


def test_an_api_call_brings_its_own_history_and_topic() -> None:
    earlier = (Utterance("person", "how do I deploy?"), Utterance("maru", "Like this."))
    state = observe(DialogueState((Utterance("person", "old"),), topic="old"), message("and staging?", *earlier))
    assert state.utterances == (*earlier, Utterance("person", "and staging?"))
    assert state.topic == "how do I deploy?"


def test_a_history_without_a_question_has_no_topic() -> None:
    assert observe(DialogueState(topic="old"), message("hi", Utterance("maru", "Welcome."))).topic is None


@given(st.lists(st.tuples(st.text(max_size=4_000), st.text(max_size=4_000)), max_size=20))
def test_the_state_stays_small_and_ends_with_the_last_words(exchanges: list[tuple[str, str]]) -> None:
    state = DialogueState()
    for asked, answered in exchanges:
        state = observe(observe(state, message(asked)), Said(answered))
        assert state.utterances[-2:] == (Utterance("person", asked[:2000]), Utterance("maru", answered[:2000]))
    assert len(state.utterances) == min(REMEMBERED, 2 * len(exchanges))
    assert sum(len(one.text) for one in state.utterances) <= REMEMBERED * 2_000


def test_an_errand_is_known_until_it_is_taken_back() -> None:
    done = Done("remind", (("what", "tea"),), ReplyKey("telegram:1#reminder"))
    state = observe(DialogueState(), Said("I will.", done=done))
    assert observe(state, Said("You're welcome!")).done == done
    assert observe(state, Said("Cancelled.", forget_done=True)).done is None
    assert observe(state, Said("answer", topic="how do I deploy?")).done == replace(done, latest=False)


def test_a_question_of_marus_waits_for_one_turn_unless_it_is_asked_again() -> None:
    pending = Pending("remind", (), "when")
    state = observe(DialogueState(), Said("When?", pending=pending))
    assert state.pending == pending
    assert observe(observe(state, message("tomorrow")), Said("I will.")).pending is None


SPOKEN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50)
SLOTS = st.lists(st.tuples(SPOKEN, SPOKEN), max_size=3).map(tuple)
SAID = st.builds(
    Said,
    SPOKEN,
    topic=st.none() | SPOKEN,
    pending=st.none() | st.builds(Pending, SPOKEN, SLOTS, SPOKEN, st.integers(1, 3), st.integers(0, 3)),
    done=st.none() | st.builds(Done, SPOKEN, SLOTS, st.none() | SPOKEN.map(ReplyKey), st.booleans()),
    forget_done=st.booleans(),
    choices=st.lists(SPOKEN, max_size=3).map(tuple),
    unclear=st.none() | SPOKEN,
    engaged=st.none() | SPOKEN.map(PersonId),
    unanswered=st.none() | st.builds(Unanswered, SPOKEN, SPOKEN.map(PersonId)),
    settles=st.booleans(),
)


@given(st.lists(SPOKEN.map(message) | SPOKEN.map(command) | SAID, max_size=30))
def test_folding_from_zero_gives_the_state_that_was_stored_after_every_event(history: list[Event | Said]) -> None:
    stored = STATE.dump_json(DialogueState())
    for one in history:  # as a turn does it: read what is stored, observe, store
        stored = STATE.dump_json(observe(STATE.validate_json(stored), one))
    assert STATE.validate_json(stored) == fold(history)
