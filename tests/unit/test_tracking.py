"""What is known of a conversation is a pure fold over what was said."""

from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.tracking import REMEMBERED, observe, said
from bot.domain.conversation import Address, ConversationId, PersonId, Platform, Utterance
from bot.domain.events import CommandReceived, EventId, MessageKey, MessageReceived
from bot.domain.state import DialogueState


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
    state = said(observe(DialogueState(), message("hi")), "Hello!", topic=None)
    assert state.utterances == (Utterance("person", "hi"), Utterance("maru", "Hello!"))


def test_commands_are_no_part_of_the_talk() -> None:
    state = observe(DialogueState(), message("hi"))
    assert observe(state, command("kb list")) == state


def test_a_topic_stays_until_another_question_was_answered() -> None:
    state = said(DialogueState(), "answer", topic="how do I deploy?")
    state = said(observe(state, message("thanks")), "You're welcome!", topic=None)
    assert state.topic == "how do I deploy?"
    assert said(state, "answer", topic="how do I roll back?").topic == "how do I roll back?"


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
        state = said(observe(state, message(asked)), answered, topic=None)
        assert state.utterances[-2:] == (Utterance("person", asked[:2000]), Utterance("maru", answered[:2000]))
    assert len(state.utterances) == min(REMEMBERED, 2 * len(exchanges))
    assert sum(len(one.text) for one in state.utterances) <= REMEMBERED * 2_000
