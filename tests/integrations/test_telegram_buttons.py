"""Buttons in Telegram: beneath a post through the real client library, and their presses on the way in."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.conversation import Address, ConversationId, Platform
from bot.domain.errors import DatabaseUnavailable
from bot.domain.events import CommandReceived, Incoming, MessageReceived
from bot.domain.messages import Button, OutgoingMessage, Reply, ReplyKey
from integrations.telegram.buttons import releasing
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.parse import BotIdentity, Ignored, MalformedUpdate, parse
from integrations.telegram.poster import TelegramPoster
from integrations.telegram.receive import receive
from tests.integrations.test_telegram_poller import RememberingIntake, poller_for, running
from tests.standins.telegram import Sent, TelegramStandIn
from tests.standins.telegram_failures import Failure, entities_refused

ANA = Address(platform=Platform.TELEGRAM, channel="42", reply_to="1", direct=True)
WHY, BIGGER = Button("Why?", "/why 7"), Button("Ask the bigger model", "/bigger 7")
YES = Button("네", "네, 스테이징이요")
BOT = BotIdentity(id=123456, username="maru_test_bot")


@pytest.fixture
def telegram() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as standin:
        standin.know(42)
        standin.know(-1001, "supergroup", topic=7)
        standin.new_message_id(42)
        yield standin
        assert standin.complaints == []


@pytest.fixture
def loop(telegram: TelegramStandIn) -> Iterator[TelegramLoop]:
    loop = TelegramLoop(telegram.token, api_url=telegram.api_url)
    yield loop
    loop.close()


@pytest.fixture
def poster(loop: TelegramLoop) -> TelegramPoster:
    return TelegramPoster(loop, seconds=5)


def posted(
    telegram: TelegramStandIn,
    poster: TelegramPoster,
    *buttons: Button,
    text: str = "Run *it*.",
    address: Address = ANA,
) -> Sent:
    """Post a reply with these buttons and return its last post."""
    reply = Reply(text, buttons=buttons)
    for one in poster.posts(OutgoingMessage(ReplyKey("k"), ConversationId("c"), address, reply)):
        one.send()
    return telegram.sent[-1]


def update_of(telegram: TelegramStandIn, query: str) -> dict[str, Any]:
    """Return the update of a pressed button's query."""
    (update,) = [one for one in telegram._pending if one.get("callback_query", {}).get("id") == query]
    return update


class TestPosting:
    def test_they_stand_beneath_the_words(self, telegram: TelegramStandIn, poster: TelegramPoster) -> None:
        sent = posted(telegram, poster, WHY, BIGGER)
        assert (sent.text, sent.buttons) == (
            "Run it.",
            (("Why?", "/why 7"), ("Ask the bigger model", "/bigger 7")),
        )

    def test_without_any_there_is_no_keyboard(self, telegram: TelegramStandIn, poster: TelegramPoster) -> None:
        assert posted(telegram, poster).buttons == ()

    def test_only_the_last_part_has_them(self, telegram: TelegramStandIn, poster: TelegramPoster) -> None:
        posted(
            telegram, poster, WHY, text="\n\n".join("A sentence of some length stands here. " * 30 for _ in range(9))
        )
        assert [bool(sent.buttons) for sent in telegram.sent] == [False] * (len(telegram.sent) - 1) + [True]
        assert len(telegram.sent) > 1

    def test_unformatted_words_keep_them(self, telegram: TelegramStandIn, poster: TelegramPoster) -> None:
        telegram.fail("sendMessage", entities_refused())
        assert posted(telegram, poster, WHY).buttons == (("Why?", "/why 7"),)

    def test_of_words_in_halves_the_last_half_has_them(self, telegram: TelegramStandIn, poster: TelegramPoster) -> None:
        telegram.fail("sendMessage", Failure(400, "Bad Request: message is too long"))
        posted(telegram, poster, WHY, text="A sentence of some length stands here. " * 90)
        assert [bool(sent.buttons) for sent in telegram.sent] == [False, True]

    def test_what_telegram_would_not_take_is_left_out(self, telegram: TelegramStandIn, poster: TelegramPoster) -> None:
        long, longest = Button("a", "가" * 22), Button("b", "가" * 21 + "x")
        sent = posted(telegram, poster, long, longest, Button("", "x"), Button("c", ""))
        assert sent.buttons == (("b", longest.says),)


class TestPress:
    def test_it_says_a_command_in_reply_to_the_post(self, telegram: TelegramStandIn, poster: TelegramPoster) -> None:
        sent = posted(telegram, poster, WHY)
        update = update_of(telegram, telegram.press(sent, "Why?"))
        event = parse(update, BOT)
        assert isinstance(event, CommandReceived)
        assert (event.text, event.person, event.conversation) == ("why 7", "telegram:42", "telegram:42")
        assert event.event_id == f"telegram:123456:{update['update_id']}"
        assert event.address == replace(ANA, reply_to=str(sent.message_id))

    def test_it_says_words(self, telegram: TelegramStandIn, poster: TelegramPoster) -> None:
        event = parse(update_of(telegram, telegram.press(posted(telegram, poster, YES), "네")), BOT)
        assert isinstance(event, MessageReceived)
        assert event.text == "네, 스테이징이요"

    def test_in_a_group_it_belongs_to_the_conversation_of_the_post(
        self, telegram: TelegramStandIn, poster: TelegramPoster
    ) -> None:
        group = Address(platform=Platform.TELEGRAM, channel="-1001", thread="7")
        sent = posted(telegram, poster, WHY, address=group)
        update = update_of(telegram, telegram.press(sent, "Why?", user=77))
        known = {f"-1001:{sent.message_id}": ConversationId("telegram:-1001/7/3")}
        event = parse(update, BOT, conversation_of=known.get)
        assert isinstance(event, CommandReceived)
        assert (event.conversation, event.person) == ("telegram:-1001/7/3", "telegram:77")
        assert (event.address.thread, event.address.direct) == ("7", False)

    def test_without_the_look_up_the_answered_message_is_the_root(
        self, telegram: TelegramStandIn, poster: TelegramPoster
    ) -> None:
        question = telegram.group("@maru_test_bot how?")
        group = Address(platform=Platform.TELEGRAM, channel="-1001", reply_to=str(question["message_id"]))
        event = parse(update_of(telegram, telegram.press(posted(telegram, poster, WHY, address=group), "Why?")), BOT)
        assert isinstance(event, CommandReceived)
        assert event.conversation == f"telegram:-1001/0/{question['message_id']}"

    @pytest.mark.parametrize(
        ("query", "reason"),
        [
            ({"id": "1", "from": {"id": 42, "is_bot": False}, "inline_message_id": "x", "data": "y"}, "not_our_button"),
            (
                {"id": "1", "from": {"id": 42, "is_bot": False}, "message": {"x": 1}, "game_short_name": "chess"},
                "not_our_button",
            ),
            ({"id": "1", "from": {"id": 42, "is_bot": True}, "message": {"x": 1}, "data": "y"}, "from_bot"),
        ],
    )
    def test_what_is_no_press_of_ours_is_ignored(self, query: dict[str, Any], reason: str) -> None:
        assert parse({"update_id": 1, "callback_query": query}, BOT) == Ignored(reason)

    def test_a_malformed_one_is_set_aside(self) -> None:
        with pytest.raises(MalformedUpdate):
            parse({"update_id": 1, "callback_query": {"id": "1", "message": {}, "data": "x", "from": {}}}, BOT)


class TestRelease:
    def test_polling_keeps_a_press_and_lets_the_button_go(
        self, telegram: TelegramStandIn, poster: TelegramPoster
    ) -> None:
        intake = RememberingIntake()
        telegram.press(posted(telegram, poster, WHY), "Why?")
        with running(poller_for(telegram, intake)):
            telegram.wait_for(lambda: not telegram.waiting_buttons and not telegram.unconfirmed)
        assert intake.texts == ["why 7"]

    def test_a_refused_release_harms_nothing(self, telegram: TelegramStandIn, poster: TelegramPoster) -> None:
        intake = RememberingIntake()
        telegram.fail("answerCallbackQuery", Failure(400, "Bad Request: query is too old"))
        telegram.press(posted(telegram, poster, WHY), "Why?")
        telegram.private("and then?")
        with running(poller_for(telegram, intake)):
            telegram.wait_for(lambda: not telegram.unconfirmed and telegram.calls["answerCallbackQuery"])
        assert intake.texts == ["why 7", "and then?"]

    def test_a_pushed_press_is_released_by_the_loop_without_waiting(
        self, telegram: TelegramStandIn, poster: TelegramPoster, loop: TelegramLoop
    ) -> None:
        kept: list[Incoming] = []
        telegram.fail("answerCallbackQuery", Failure(accept=True, after=0.5))
        update = update_of(telegram, telegram.press(posted(telegram, poster, WHY), "Why?"))

        def keep(event: Incoming) -> bool:
            kept.append(event)
            return True

        started = time.monotonic()
        receive(
            update,
            BOT,
            intake=keep,
            count=Counter().update,
            conversation_of=lambda _: None,
            released=releasing(loop),
        )
        assert time.monotonic() - started < 0.4
        telegram.wait_for(lambda: not telegram.waiting_buttons)
        assert len(kept) == 1

    def test_it_is_not_released_before_it_is_kept(self) -> None:
        def away(event: Incoming) -> bool:
            raise DatabaseUnavailable("Postgres does not answer")

        released: list[str] = []
        chat = {"id": 42, "type": "private"}
        post = {"message_id": 5, "date": 1, "chat": chat, "text": "x"}
        query = {"id": "9", "from": {"id": 42, "is_bot": False}, "message": post, "data": "/why"}
        with pytest.raises(DatabaseUnavailable):
            receive(
                {"update_id": 1, "callback_query": query},
                BOT,
                intake=away,
                count=Counter().update,
                conversation_of=lambda _: None,
                released=released.append,
            )
        assert released == []
