"""Pictures on their way to people: after the words, once, and never at the words' expense."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console as Screen

from bot.application.delivery import UNCONFIRMED, Delivering, dispatch
from bot.application.gate import gates
from bot.domain.conversation import Address, ConversationId, Platform
from bot.domain.errors import DeliveryUncertain, MaruError, PlatformRateLimited, PlatformUnauthorised
from bot.domain.events import EventId
from bot.domain.messages import OutgoingMessage, Picture, Reply, ReplyKey
from bot.ports.charts import Bar
from bot.ports.outbox import OutboxId
from integrations.charts.drawing import PillowCharts
from integrations.memory.alarm import CollectingAlarm
from integrations.memory.clock import FrozenClock
from integrations.memory.crew import InlineCrew
from integrations.memory.database import MemoryDatabase, OutboxRow
from integrations.memory.doorbell import CollectingDoorbell
from integrations.memory.outbox import InMemoryOutbox
from integrations.memory.rates import InMemoryRateLimiter
from integrations.slack.picture import ELSEWHERE, NOT_SHOWN
from integrations.slack.poster import SlackPoster
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.poster import TelegramPoster
from tests.standins import telegram_failures
from tests.standins.slack import BOT_TOKEN, Failure, SlackStandIn
from tests.standins.telegram import TelegramStandIn
from workers.chat import show

PNG = PillowCharts().bar_chart([Bar("small", (1.0,))], series=["here"], unit="USD")
REPLY = Reply("**Cost**", picture=Picture("cost-week", b64encode(PNG).decode(), "비용 Cost, @ana <b>"))


def to(address: Address) -> OutgoingMessage:
    return OutgoingMessage(ReplyKey("x:1#1"), ConversationId("x"), address, REPLY)


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def to_slack(slack: SlackStandIn) -> Iterator[SlackPoster]:
    poster = SlackPoster(bot_token=BOT_TOKEN, api_url=slack.api_url, timeout_seconds=3.0)
    yield poster
    poster.close()


@pytest.fixture
def thread(slack: SlackStandIn) -> Address:
    ts = slack.say("C1", "U1", "<@UMARU> what did we spend?")
    return Address(Platform.SLACK, channel="C1", thread=ts, reply_to=ts, team="T1")


class TestSlack:
    def test_words_first_then_the_picture_into_the_same_thread(
        self, slack: SlackStandIn, to_slack: SlackPoster, thread: Address
    ) -> None:
        words, picture = to_slack.posts(to(thread))
        words.send()
        assert picture.send() == "F1"
        ((channel, where, file),) = slack.pictures
        assert (channel, where) == ("C1", thread.thread)
        assert (file.name, file.content, file.title) == ("cost-week.png", PNG, "비용 Cost, @ana <b>")
        assert file.alt == file.title
        assert [one["ts"] for one in slack.posts] < [slack.messages["C1"][-1]["ts"]]
        assert slack.refusals == []
        assert not picture.can_look
        assert picture.find() is None
        assert [rate.name for rate in picture.rates] == ["slack:T1:C1", "slack:T1:files.completeUploadExternal"]

    def test_a_command_in_a_channel_gets_words_only_for_only_its_person_sees_them(
        self, slack: SlackStandIn, to_slack: SlackPoster
    ) -> None:
        address = Address(Platform.SLACK, channel="C1", team="T1", response_url=slack.response_url(), direct=True)
        (words,) = to_slack.posts(to(address))
        words.send()
        assert slack.responses[0]["text"].endswith(ELSEWHERE)
        assert slack.calls["files.getUploadURLExternal"] == 0

    def test_a_command_in_a_direct_message_gets_both(self, slack: SlackStandIn, to_slack: SlackPoster) -> None:
        address = Address(Platform.SLACK, channel="D1", team="T1", response_url=slack.response_url(), direct=True)
        for post in to_slack.posts(to(address)):
            post.send()
        assert ELSEWHERE not in slack.responses[0]["text"]
        assert [one[0] for one in slack.pictures] == ["D1"]

    @pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
    @pytest.mark.parametrize("word", ["missing_scope", "channel_not_found", "file_uploads_disabled"])
    def test_what_refuses_pictures_costs_the_picture_alone(
        self, slack: SlackStandIn, to_slack: SlackPoster, thread: Address, method: str, word: str
    ) -> None:
        slack.fail(method, Failure(error=word))
        assert to_slack.posts(to(thread))[1].send() == NOT_SHOWN
        assert slack.pictures == []

    @pytest.mark.parametrize("failure", [Failure(drop=True), Failure(status=500), Failure(error="x", status=403)])
    def test_an_upload_that_fails_costs_the_picture_alone(
        self, slack: SlackStandIn, to_slack: SlackPoster, thread: Address, failure: Failure
    ) -> None:
        slack.fail("upload", failure)
        assert to_slack.posts(to(thread))[1].send() == NOT_SHOWN

    @pytest.mark.parametrize("url", ["https://evil.example/upload", "http://files.slack.com/upload"])
    def test_bytes_go_to_slack_only(
        self, slack: SlackStandIn, to_slack: SlackPoster, thread: Address, url: str
    ) -> None:
        slack.strange_upload_url = url
        assert to_slack.posts(to(thread))[1].send() == NOT_SHOWN

    @pytest.mark.parametrize(
        ("method", "failure", "error"),
        [
            ("files.completeUploadExternal", Failure(drop=True), DeliveryUncertain),
            ("files.completeUploadExternal", Failure(status=429, retry_after=7), PlatformRateLimited),
            ("files.getUploadURLExternal", Failure(error="token_revoked"), PlatformUnauthorised),
        ],
    )
    def test_what_may_pass_later_is_raised(
        self,
        slack: SlackStandIn,
        to_slack: SlackPoster,
        thread: Address,
        method: str,
        failure: Failure,
        error: type[MaruError],
    ) -> None:
        slack.fail(method, failure)
        with pytest.raises(error):
            to_slack.posts(to(thread))[1].send()

    def test_a_lost_answer_before_anything_can_be_seen_is_no_doubt(
        self, slack: SlackStandIn, to_slack: SlackPoster, thread: Address
    ) -> None:
        slack.fail("files.getUploadURLExternal", Failure(drop=True))
        with pytest.raises(MaruError) as raised:
            to_slack.posts(to(thread))[1].send()
        assert not isinstance(raised.value, DeliveryUncertain)


def test_a_picture_in_doubt_is_shown_once_more_at_most_and_the_words_once(
    slack: SlackStandIn, to_slack: SlackPoster, thread: Address
) -> None:
    clock = FrozenClock()
    database, doorbell = MemoryDatabase(clock), CollectingDoorbell()
    outbox = InMemoryOutbox(database)
    database.outbox.append(OutboxRow(OutboxId(1), EventId("x:1"), to(thread), clock.now()))
    use = Delivering(
        outbox=outbox,
        posters={Platform.SLACK: to_slack},
        gates=gates(4, monotonic=clock.monotonic),
        doorbell=doorbell,
        rates=InMemoryRateLimiter(clock),
        alarm=CollectingAlarm(),
        clock=clock,
    )
    slack.fail("files.completeUploadExternal", Failure(drop=True), times=9)
    for _ in range(5):
        dispatch(use, InlineCrew())
        clock.advance(60)
    assert len(slack.posts) == 1
    assert len(slack.pictures) == 2
    (row,) = database.outbox
    assert (row.status, row.reference) == ("sent", f"{slack.posts[0]['ts']} {UNCONFIRMED}")


@pytest.fixture
def telegram() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as stand_in:
        stand_in.know(42)
        yield stand_in
        assert stand_in.complaints == []


@pytest.fixture
def to_telegram(telegram: TelegramStandIn) -> Iterator[TelegramPoster]:
    loop = TelegramLoop(telegram.token, api_url=telegram.api_url)
    yield TelegramPoster(loop, seconds=5)
    loop.close()


ANA = Address(Platform.TELEGRAM, channel="42", direct=True)


class TestTelegram:
    def test_words_first_then_the_picture(self, telegram: TelegramStandIn, to_telegram: TelegramPoster) -> None:
        assert [post.send() for post in to_telegram.posts(to(ANA))] == ["42:1", "42:2"]
        (photo,) = telegram.photos
        assert photo.content == PNG
        assert photo.caption == "비용 Cost, @\u2060ana <b>", "nobody is called"

    def test_a_topic_is_kept(self, telegram: TelegramStandIn, to_telegram: TelegramPoster) -> None:
        telegram.know(-1001, "supergroup", topic=17)
        to_telegram.posts(to(Address(Platform.TELEGRAM, channel="-1001", thread="17")))[-1].send()
        assert [(photo.chat_id, photo.topic) for photo in telegram.photos] == [(-1001, 17)]

    def test_a_caption_keeps_to_the_limit(self, telegram: TelegramStandIn, to_telegram: TelegramPoster) -> None:
        picture = Picture("cost", b64encode(PNG).decode(), "비" * 3000)
        to_telegram.posts(replace(to(ANA), reply=Reply("x", picture=picture)))[-1].send()
        assert len(telegram.photos[0].caption) == 1024

    def test_a_moved_group_gets_it_where_it_is(self, telegram: TelegramStandIn, to_telegram: TelegramPoster) -> None:
        telegram.know(-100777, "supergroup")
        telegram.fail("sendPhoto", telegram_failures.migrated(-100777))
        to_telegram.posts(to(Address(Platform.TELEGRAM, channel="-7")))[-1].send()
        assert [photo.chat_id for photo in telegram.photos] == [-100777]

    def test_a_chat_without_pictures_costs_the_picture_alone(
        self, telegram: TelegramStandIn, to_telegram: TelegramPoster
    ) -> None:
        words = "Bad Request: not enough rights to send photos to the chat"
        telegram.fail("sendPhoto", telegram_failures.Failure(400, words))
        assert [post.send() for post in to_telegram.posts(to(ANA))] == ["42:1", "42:unshown"]

    def test_a_lost_answer_is_a_doubt(self, telegram: TelegramStandIn, to_telegram: TelegramPoster) -> None:
        telegram.fail("sendPhoto", telegram_failures.dropped_after_accepting())
        with pytest.raises(DeliveryUncertain):
            to_telegram.posts(to(ANA))[-1].send()


def test_the_terminal_keeps_it_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show(REPLY, Screen(), home=tmp_path)
    kept = tmp_path / "pictures" / "cost-week.png"
    assert kept.read_bytes() == PNG
    assert str(kept) in capsys.readouterr().out


@pytest.mark.parametrize("name", ["../../evil", "/etc/passwd", "", "a b"])
def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    show(replace(REPLY, picture=Picture(name, b64encode(PNG).decode(), "x")), Screen(), home=tmp_path)
    assert [path.parent for path in tmp_path.rglob("*.png")] == [tmp_path / "pictures"]
