"""Recorded shapes in, events out."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.application.intake import take
from bot.domain.conversation import Address, ConversationId, Platform
from bot.domain.events import CommandReceived, MessageChanged, MessageReceived
from integrations.memory.clock import FrozenClock
from integrations.memory.database import MemoryDatabase
from integrations.memory.doorbell import CollectingDoorbell
from integrations.memory.inbox import InMemoryInbox
from integrations.telegram.parse import BotIdentity, Ignored, MalformedUpdate, parse
from tests.standins.telegram_updates import group_message, private_message

MARU = BotIdentity(id=123456, username="maru_test_bot")
SELF = {"id": 123456, "is_bot": True, "first_name": "Maru", "username": "maru_test_bot"}


def update(message: dict[str, Any], update_id: int = 7) -> dict[str, Any]:
    return {"update_id": update_id, "message": message}


def bot_post(message_id: int, **more: Any) -> dict[str, Any]:
    return group_message(message_id, "An answer [1]") | {"from": SELF} | more


def heard(message: dict[str, Any]) -> Any:
    return parse(update(message), MARU)


def test_a_private_message_is_heard() -> None:
    event = heard(private_message(5, "how do I roll back a deploy?"))
    assert event == MessageReceived(
        event_id="telegram:123456:7",
        message_key="telegram:42:5",
        conversation="telegram:42",
        person="telegram:42",
        address=Address(platform=Platform.TELEGRAM, channel="42", reply_to="5", direct=True),
        text="how do I roll back a deploy?",
    )


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("/help", "help"),
        ("/start", "help"),
        ("/start some_deep_link", "help"),
        ("/stop", "stop"),
        ("/status", "status"),
        ("/STATUS", "status"),
        ("/maru status", "status"),
        ("/maru", "help"),
        ("/maru KB list", "kb list"),
        ("/kb list", "kb list"),
        ("/kb add Deploys\nUse *blue-green*.", "kb add Deploys\nUse *blue-green*."),
        ("/people admit 12345", "people admit 12345"),
        ("/nonsense at all", "nonsense at all"),
    ],
)
def test_commands_in_private(said: str, command: str) -> None:
    event = heard(private_message(5, said))
    assert isinstance(event, CommandReceived)
    assert event.text == command


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("/ask why?", "why?"),
        ("/ask@maru_test_bot 배포를 롤백하려면?", "배포를 롤백하려면?"),
        ("/maru ask why?", "why?"),
        ("/ask", ""),
    ],
)
def test_a_question_by_command_is_a_message(said: str, question: str) -> None:
    event = heard(private_message(5, said))
    assert isinstance(event, MessageReceived)
    assert event.text == question


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("@maru_test_bot how do I deploy?", "how do I deploy?"),
        ("@Maru_Test_Bot: how do I deploy?", "how do I deploy?"),
        ("🚀🚀 hey @maru_test_bot what is up", "🚀🚀 hey what is up"),
        ("how do I deploy @maru_test_bot?", "how do I deploy?"),
        ("배포는 @maru_test_bot 어떻게 해?", "배포는 어떻게 해?"),
        ("@maru_test_bot", ""),
    ],
)
def test_a_mention_in_a_group_is_heard_without_the_mention(said: str, text: str) -> None:
    event = heard(group_message(31, said))
    assert isinstance(event, MessageReceived)
    assert event.text == text
    assert event.conversation == "telegram:-1001/0/31"
    assert event.address == Address(platform=Platform.TELEGRAM, channel="-1001", reply_to="31")


def test_a_mention_without_username_is_heard() -> None:
    entity = {"type": "text_mention", "offset": 0, "length": 4, "user": SELF}
    event = heard(group_message(31, "Maru why?", entities=[entity]))
    assert isinstance(event, MessageReceived)
    assert event.text == "why?"


@pytest.mark.parametrize(
    "said", ["/help", "/kb list", "/status@maru_test_bot", "/odd@maru_test_bot", "/ask@Maru_Test_Bot x"]
)
def test_commands_in_a_group(said: str) -> None:
    assert isinstance(heard(group_message(31, said)), CommandReceived | MessageReceived)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (group_message(31, "just talking"), "not_addressed"),
        (group_message(31, "mail maru_test_bot or @another_bot"), "not_addressed"),
        (group_message(31, "/weather"), "not_addressed"),
        (group_message(31, "/help@other_bot"), "other_bot"),
        (private_message(5, "/help@other_bot"), "other_bot"),
        (private_message(5, "beep") | {"from": {"id": 9, "is_bot": True, "first_name": "B"}}, "from_bot"),
        (group_message(31, "@maru_test_bot", is_automatic_forward=True), "channel_post"),
        ({key: value for key, value in private_message(5, "x").items() if key != "text"}, "no_text"),
    ],
)
def test_what_is_not_for_us_is_ignored_with_a_reason(message: dict[str, Any], reason: str) -> None:
    assert heard(message) == Ignored(reason)


def edited(message: dict[str, Any]) -> Any:
    return parse({"update_id": 8, "edited_message": message | {"edit_date": 1_750_000_009}}, MARU)


def test_an_edit_names_the_message_and_its_new_words() -> None:
    event = heard(private_message(5, "how do I roll back?"))
    change = MessageChanged(event.message_key, event.person, "and staging?", 1_750_000_009.0)
    assert edited(private_message(5, "and staging?")) == change
    assert edited(private_message(5, "/ask and staging?")) == change
    assert edited(group_message(31, "@maru_test_bot and staging?")).text == "and staging?"


def test_an_edit_that_may_be_meant_for_others_counts_only_for_a_message_that_is_there() -> None:
    to_us = (private_message(5, "x"), group_message(31, "@maru_test_bot x"), group_message(31, "/ask@maru_test_bot x"))
    assert [edited(one).addressed for one in (*to_us, group_message(31, "x"))] == [True, True, True, False]


def test_an_edit_of_a_bot_s_message_or_of_a_picture_is_nothing_to_us() -> None:
    picture = {key: value for key, value in private_message(5, "x").items() if key != "text"}
    assert edited(picture) == Ignored("no_text")
    assert edited(bot_post(32)) == Ignored("from_bot")


def test_an_edit_without_a_date_is_malformed() -> None:
    with pytest.raises(MalformedUpdate):
        parse({"update_id": 8, "edited_message": private_message(5, "x")}, MARU)


@pytest.mark.parametrize("kind", ["channel_post", "my_chat_member", "inline_query", "of_tomorrow"])
def test_other_updates_are_ignored_by_their_kind(kind: str) -> None:
    assert parse({"update_id": 7, kind: {"any": "thing"}}, MARU) == Ignored(kind)


def test_a_reply_to_maru_is_heard_in_the_thread_that_telegram_names() -> None:
    event = heard(group_message(33, "and for staging?", thread=31, reply_to=bot_post(32)))
    assert isinstance(event, MessageReceived)
    assert event.conversation == "telegram:-1001/0/31"
    assert event.address.thread is None  # a plain thread of replies is no topic


def test_a_reply_to_somebody_else_is_not_for_us() -> None:
    assert heard(group_message(33, "yes", reply_to=group_message(32, "lunch?"))) == Ignored("not_addressed")


def test_a_mention_in_a_reply_belongs_to_the_chain() -> None:
    event = heard(group_message(33, "@maru_test_bot is that so?", reply_to=group_message(32, "deploys are on Friday")))
    assert event.conversation == "telegram:-1001/0/32"


def test_the_posters_reference_finds_the_conversation_exactly() -> None:
    known = {"-1001:32": ConversationId("telegram:-1001/17/30")}
    message = group_message(33, "and then?", topic=17, reply_to=bot_post(32))
    assert parse(update(message), MARU, conversation_of=known.get).conversation == "telegram:-1001/17/30"
    assert parse(update(message), MARU).conversation == "telegram:-1001/17/32"


def test_a_reply_to_stopped_goes_on_where_it_was_said_and_can_be_stopped_itself() -> None:
    database = MemoryDatabase(FrozenClock())
    inbox, doorbell = InMemoryInbox(database), CollectingDoorbell()

    def kept(message: dict[str, Any], conversation: ConversationId) -> ConversationId:
        """Keep a reply to a post of that conversation, and return the one that it was kept in."""
        event = parse(update(message, message["message_id"]), MARU, conversation_of={"-1001:32": conversation}.get)
        assert take(event, inbox=inbox, doorbell=doorbell)
        return database.inbox[-1].event.conversation

    conversation = ConversationId("telegram:-1001/0/30")
    aside = kept(group_message(33, "/stop", reply_to=bot_post(32)), conversation)
    assert aside != conversation, "a request to stop waits for nothing"
    assert kept(group_message(34, "and for staging?", reply_to=bot_post(32)), aside) == conversation
    assert kept(group_message(35, "stop", reply_to=bot_post(32)), aside) == aside
    assert database.inbox[-1].event.about == conversation


def test_topics_are_named_but_general_is_not() -> None:
    in_topic = heard(group_message(33, "/help", topic=17))
    in_general = heard(group_message(33, "/help", topic=1))
    assert (in_topic.address.thread, in_topic.conversation) == ("17", "telegram:-1001/17/33")
    assert (in_general.address.thread, in_general.conversation) == (None, "telegram:-1001/0/33")


def test_the_opening_of_a_topic_that_maru_made_is_no_reply_to_maru() -> None:
    opening = bot_post(17, forum_topic_created={"name": "Deploys", "icon_color": 1})
    assert heard(group_message(33, "just talking", topic=17, reply_to=opening)) == Ignored("not_addressed")
    assert heard(group_message(33, "just talking", topic=17, reply_to=bot_post(17))) == Ignored("not_addressed")
    mention = heard(group_message(33, "@maru_test_bot hi", topic=17, reply_to=opening))
    assert mention.conversation == "telegram:-1001/17/33"


def test_an_anonymous_administrator_is_the_group_and_a_channel_is_the_channel() -> None:
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    group = {"id": -1001, "type": "supergroup", "title": "Ops"}
    channel = {"id": -1002, "type": "channel", "title": "News"}
    assert heard(group_message(33, "/help", sender_chat=group) | {"from": anonymous}).person == "telegram:-1001"
    assert heard(group_message(33, "/help", sender_chat=channel) | {"from": anonymous}).person == "telegram:-1002"


def test_what_postgres_cannot_store_is_taken_out() -> None:
    assert heard(private_message(5, "a\x00b\ud800c")).text == "abc"


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"update_id": None, "message": private_message(5, "x")},
        {"update_id": 7, "message": []},
        {"update_id": 7, "message": {"text": "x"}},
        {"update_id": 7, "message": private_message(5, "x") | {"from": 3}},
        {"update_id": 7, "message": private_message(5, "x") | {"entities": [{"type": "mention"}]}},
        {"update_id": 7, "message": private_message(5, "x") | {"text": 3}},
        [],
        None,
    ],
)
def test_a_malformed_update_is_named_so(broken: Any) -> None:
    with pytest.raises(MalformedUpdate):
        parse(broken, MARU)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
whole = {
    **group_message(3, "@maru_test_bot /ask hm", topic=17, reply_to=bot_post(2)),
    "sender_chat": {"id": -1001, "type": "supergroup"},
}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(whole)), json_values, st.booleans())
def test_any_field_may_be_anything(name: str, value: Any, nested: bool) -> None:
    message = dict(whole)
    if nested and isinstance(message[name], dict):
        message[name] = {key: value for key in message[name]}
    else:
        message[name] = value
    with suppress(MalformedUpdate):
        parse(update(message), MARU)
