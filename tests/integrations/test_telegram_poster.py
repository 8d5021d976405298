"""Posting and typing with the real client library against the strict stand-in."""

import logging
import time
import traceback
from collections.abc import Iterator

import pytest

from bot.domain.conversation import Address, ConversationId, Platform
from bot.domain.errors import (
    DeliveryUncertain,
    MaruError,
    PlatformRateLimited,
    PlatformUnauthorised,
    PlatformUnavailable,
    PostRejected,
)
from bot.domain.events import EventId
from bot.domain.messages import Citation, OutgoingMessage, Reply, ReplyKey
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.parse import BotIdentity, parse
from integrations.telegram.poster import TelegramPoster
from integrations.telegram.preview import TelegramPreview
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_failures import (
    Failure,
    bad_gateway,
    blocked,
    dropped_after_accepting,
    entities_refused,
    flood,
    migrated,
    server_error,
    slow,
)

ANA = Address(platform=Platform.TELEGRAM, channel="42", reply_to="1", direct=True)
LONG = "\n\n".join("A sentence of some length stands here. " * 30 for _ in range(9))


@pytest.fixture
def telegram() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as standin:
        standin.know(42)
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


def message(text: str, *, address: Address = ANA, key: str = "telegram:1:7#1", citations=()) -> OutgoingMessage:
    return OutgoingMessage(
        key=ReplyKey(key), conversation=ConversationId("telegram:42"), address=address, reply=Reply(text, citations)
    )


def post(poster: TelegramPoster, message: OutgoingMessage) -> str:
    """Send all posts of a message, as a sender does, and return their names."""
    return " ".join(one.send() for one in poster.posts(message))


def test_a_reply_is_posted_formatted_and_quoting(telegram: TelegramStandIn, poster: TelegramPoster) -> None:
    source = Citation(number=1, title="Deploys › Rolling back", source="deploys.md", chunk=1, sample=True)
    assert post(poster, message("Use **make** <rollback> [1].", citations=(source,))) == "42:2"
    (sent,) = telegram.sent
    assert sent.text == "Use make <rollback> [1].\n\n[1] Deploys › Rolling back — deploys.md (sample)"
    assert [entity["type"] for entity in sent.entities] == ["bold", "code"]
    assert (sent.reply_to, sent.topic, sent.previews) == (1, None, False)


def test_a_deleted_question_is_still_answered(telegram: TelegramStandIn, poster: TelegramPoster) -> None:
    post(poster, message("yes", address=Address(platform=Platform.TELEGRAM, channel="42", reply_to="999")))
    assert [(sent.text, sent.reply_to) for sent in telegram.sent] == [("yes", None)]


def test_a_topic_is_kept(telegram: TelegramStandIn, poster: TelegramPoster) -> None:
    telegram.know(-1001, "supergroup", topic=17)
    post(poster, message("yes", address=Address(platform=Platform.TELEGRAM, channel="-1001", thread="17")))
    assert [(sent.chat_id, sent.topic) for sent in telegram.sent] == [(-1001, 17)]


def test_a_long_reply_comes_in_parts_and_only_the_first_quotes(
    telegram: TelegramStandIn, poster: TelegramPoster
) -> None:
    reference = post(poster, message(LONG))
    assert reference == "42:2 42:3 42:4"
    assert [sent.reply_to for sent in telegram.sent] == [1, None, None]
    assert " ".join(" ".join(sent.text for sent in telegram.sent).split()) == " ".join(LONG.split())


def test_refused_formatting_is_posted_again_as_plain_text(telegram: TelegramStandIn, poster: TelegramPoster) -> None:
    telegram.fail("sendMessage", entities_refused())
    post(poster, message("Use **make** & <wait> @ana"))
    assert [(sent.text, sent.parse_mode) for sent in telegram.sent] == [("Use make & <wait> @\u2060ana", None)]


@pytest.mark.parametrize(
    ("failure", "error", "calls"),
    [
        (blocked(), PostRejected, 1),
        (Failure(403, "Forbidden: bot was kicked from the supergroup chat"), PostRejected, 1),
        (Failure(400, "Bad Request: TOPIC_CLOSED"), PostRejected, 1),
        (Failure(400, "Bad Request: message thread not found"), PostRejected, 1),
        (Failure(400, "Bad Request: something new"), PostRejected, 1),
        (Failure(404, "Not Found"), PlatformUnauthorised, 1),
        (Failure(400, "Bad Request: not enough rights to send text messages to the chat"), PostRejected, 1),
        (flood(137), PlatformRateLimited, 1),
        (server_error(), PlatformUnavailable, 1),
        (bad_gateway(), PlatformUnavailable, 1),
        (Failure(429, "Too Many Requests"), PlatformUnavailable, 1),
        (Failure(401, "Unauthorized"), PlatformUnauthorised, 1),
        (Failure(), DeliveryUncertain, 1),
        (dropped_after_accepting(), DeliveryUncertain, 1),
        (Failure(200, accept=True, page=b"<html>"), DeliveryUncertain, 1),
    ],
)
def test_each_failure_has_its_name_and_is_not_retried_here(
    telegram: TelegramStandIn, poster: TelegramPoster, failure: Failure, error: type[MaruError], calls: int
) -> None:
    telegram.fail("sendMessage", failure)
    with pytest.raises(error) as raised:
        post(poster, message("yes"))
    assert type(raised.value) is error
    assert telegram.calls["sendMessage"] == calls
    assert "." in str(raised.value)
    if isinstance(raised.value, PlatformRateLimited):
        assert raised.value.retry_after == 137


@pytest.mark.parametrize("page", [b"{}", b'{"ok":true,"result":{"odd":1}}'])
def test_a_success_that_cannot_be_read_is_a_success(
    telegram: TelegramStandIn, poster: TelegramPoster, page: bytes
) -> None:
    telegram.fail("sendMessage", Failure(200, accept=True, page=page))
    assert post(poster, message("yes")) == "42:unnamed"
    assert telegram.calls["sendMessage"] == 1


def test_an_unknown_chat_is_final(telegram: TelegramStandIn, poster: TelegramPoster) -> None:
    with pytest.raises(PostRejected, match="hat not found"):
        post(poster, message("yes", address=Address(platform=Platform.TELEGRAM, channel="43")))


def test_a_slow_success_is_a_success_but_not_past_the_deadline(telegram: TelegramStandIn, loop: TelegramLoop) -> None:
    telegram.fail("sendMessage", slow(0.3), slow(3))
    assert post(TelegramPoster(loop, seconds=5), message("yes")) == "42:2"
    started = time.monotonic()
    with pytest.raises(DeliveryUncertain):
        post(TelegramPoster(loop, seconds=0.2), message("yes"))
    assert time.monotonic() - started < 2


def test_nothing_listens() -> None:
    with TelegramStandIn() as gone:
        pass
    loop = TelegramLoop(gone.token, api_url=gone.api_url)
    with pytest.raises(PlatformUnavailable):
        post(TelegramPoster(loop), message("yes"))
    loop.close()


def test_a_group_that_moved_gets_its_reply_once(telegram: TelegramStandIn, poster: TelegramPoster) -> None:
    telegram.know(-5, "group")
    telegram.know(-1005, "supergroup")
    telegram.new_message_id(-1005)
    group = Address(platform=Platform.TELEGRAM, channel="-5", reply_to="1")
    telegram.fail("sendMessage", migrated(-1005))
    assert post(poster, message("one", address=group, key="a#1")) == "-1005:2"
    assert post(poster, message("two", address=group, key="b#1")) == "-1005:3"
    assert [(sent.chat_id, sent.text, sent.reply_to) for sent in telegram.sent] == [
        (-1005, "one", None),
        (-1005, "two", None),
    ]
    assert telegram.calls["sendMessage"] == 3


def test_a_retry_goes_on_where_the_parts_broke_off(telegram: TelegramStandIn, poster: TelegramPoster) -> None:
    first, *rest = poster.posts(message(LONG))
    assert first.send() == "42:2"
    telegram.fail("sendMessage", flood(3))
    with pytest.raises(PlatformRateLimited):
        rest[0].send()
    assert [one.send() for one in poster.posts(message(LONG))[1:]] == ["42:3", "42:4"]
    assert [sent.reply_to for sent in telegram.sent] == [1, None, None]


def test_what_telegram_finds_too_long_goes_out_in_pieces(telegram: TelegramStandIn, poster: TelegramPoster) -> None:
    telegram.fail("sendMessage", Failure(400, "Bad Request: message is too long"))
    assert post(poster, message("A sentence of some length stands here. " * 80)) == "42:2"
    assert [(len(sent.text) < 2100, sent.reply_to) for sent in telegram.sent] == [(True, 1), (True, None)]


def test_rates_are_the_chat_s_the_group_s_and_everybody_s(poster: TelegramPoster) -> None:
    group = Address(platform=Platform.TELEGRAM, channel="-5")
    private, grouped = (poster.posts(message("yes", address=one))[0] for one in (ANA, group))
    assert [rate.name for rate in private.rates] == ["telegram:42", "telegram:all"]
    assert [rate.name for rate in grouped.rates] == ["telegram:-5", "telegram:group:-5", "telegram:all"]
    assert all(rate.burst + 60 * rate.per_second <= 20 for rate in grouped.rates[1:2])


def test_a_reply_to_any_part_of_a_post_finds_its_conversation(
    telegram: TelegramStandIn, poster: TelegramPoster
) -> None:
    asked = telegram.group("/ask why?", topic=17)
    maru = BotIdentity(id=telegram.bot_id, username=telegram.username)
    question = parse({"update_id": 1, "message": asked}, maru)
    reference = post(poster, OutgoingMessage(ReplyKey("a#1"), question.conversation, question.address, Reply(LONG)))
    known = dict.fromkeys(reference.split(), question.conversation)
    for sent in telegram.sent:
        answer = telegram.group("and then?", topic=17, reply_to=telegram.as_update(sent))
        follow_up = parse({"update_id": 2, "message": answer}, maru, conversation_of=known.get)
        assert follow_up.conversation == question.conversation == "telegram:-1001/17/1"


def test_what_has_no_button_that_names_its_turn_cannot_be_looked_for(poster: TelegramPoster) -> None:
    (one,) = poster.posts(message("yes"))
    assert (one.can_look, one.sees_all, one.find()) == (False, False, None)


def test_the_token_is_never_shown(telegram: TelegramStandIn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "123456:WRONG-and-secret"
    shown = ""
    for api_url in (telegram.api_url, "http://127.0.0.1:1", f"nonsense://{secret}"):
        loop = TelegramLoop(secret, api_url=api_url)
        for attempt in (lambda bound=loop: post(TelegramPoster(bound), message("yes")), loop.identity):
            with pytest.raises(PlatformUnavailable) as raised:
                attempt()
            shown += "".join(traceback.format_exception(raised.value)) + repr(loop.call(_itself, seconds=1))
        with TelegramPreview(loop).working(ANA, EventId("e")):
            time.sleep(0.05)
        loop.close()
    assert "WRONG-and-secret" not in shown
    assert "WRONG-and-secret" not in caplog.text


async def _itself(client: object) -> object:
    return client


def test_who_we_are_is_asked_once(telegram: TelegramStandIn, loop: TelegramLoop) -> None:
    assert loop.identity() == loop.identity() == BotIdentity(id=123456, username="maru_test_bot")
    assert telegram.calls["getMe"] == 1


def test_typing_shows_at_once_goes_on_and_ends(telegram: TelegramStandIn, loop: TelegramLoop) -> None:
    telegram.know(-1001, "supergroup", topic=17)
    address = Address(platform=Platform.TELEGRAM, channel="-1001", thread="17")
    with TelegramPreview(loop, every_seconds=0.1).working(address, EventId("e")):
        telegram.wait_for(lambda: len(telegram.actions) == 3)
    seen = len(telegram.actions)
    time.sleep(0.3)
    assert len(telegram.actions) <= seen + 1  # one may have been on its way
    assert {(action.action, action.topic) for action in telegram.actions} == {("typing", 17)}


def test_typing_never_blocks_and_never_raises(telegram: TelegramStandIn, loop: TelegramLoop) -> None:
    preview = TelegramPreview(loop, every_seconds=0.02)
    telegram.fail("sendChatAction", slow(4), server_error(), Failure(), blocked())
    started = time.monotonic()
    with preview.working(ANA, EventId("e")):
        telegram.wait_for(lambda: telegram.calls["sendChatAction"])
    assert time.monotonic() - started < 2
    with preview.working(ANA, EventId("e")):
        telegram.wait_for(lambda: telegram.calls["sendChatAction"] >= 4)
    with preview.working(ANA, EventId("e")), pytest.raises(ZeroDivisionError):
        raise ZeroDivisionError
    preview.stage(EventId("e"), "searching")


def test_many_turns_type_at_once(telegram: TelegramStandIn, loop: TelegramLoop) -> None:
    preview = TelegramPreview(loop)
    contexts = [preview.working(ANA, EventId(str(n))) for n in range(100)]
    for context in contexts:
        context.__enter__()
    telegram.wait_for(lambda: len(telegram.actions) >= 100)
    for context in contexts:
        context.__exit__(None, None, None)


def test_the_loop_can_be_closed_twice_and_starts_again(telegram: TelegramStandIn, loop: TelegramLoop) -> None:
    poster = TelegramPoster(loop)
    post(poster, message("one"))
    loop.close()
    loop.close()
    post(poster, message("two"))
    assert [sent.text for sent in telegram.sent] == ["one", "two"]
