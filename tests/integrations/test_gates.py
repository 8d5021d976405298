"""A platform that hangs takes neither all hands nor the other platform's time: real clients, threads and stand-ins."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count

import pytest

from bot.application.delivery import Delivering, dispatch
from bot.application.gate import gates
from bot.domain.breaker import FAILURES
from bot.domain.conversation import Address, ConversationId, Platform
from bot.domain.events import EventId
from bot.domain.messages import OutgoingMessage, Reply, ReplyKey
from bot.ports.outbox import OutboxId
from integrations.memory.alarm import CollectingAlarm
from integrations.memory.clock import FrozenClock
from integrations.memory.database import MemoryDatabase, OutboxRow
from integrations.memory.doorbell import CollectingDoorbell
from integrations.memory.outbox import InMemoryOutbox
from integrations.memory.rates import InMemoryRateLimiter
from integrations.slack.poster import SlackPoster
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.poster import TelegramPoster
from tests.standins.slack import BOT_TOKEN, Failure, SlackStandIn
from tests.standins.telegram import TelegramStandIn
from tests.standins.telegram_failures import slow
from workers.crew import ThreadCrew

HANDS, PLACES = 8, 6
PATIENCE_SECONDS = 1.5
"""Of the real clients with a platform that says nothing."""

MANY = 40

SLACKS = ("chat.postMessage", "conversations.replies", "auth.test")


class Office:
    """Senders with real clients and threads, over rows in memory; time passes for rows and gates when told to."""

    def __init__(self, slack: SlackStandIn, telegram: TelegramStandIn, loop: TelegramLoop) -> None:
        self.slack, self.telegram = slack, telegram
        self.clock = FrozenClock()
        self.database = MemoryDatabase(self.clock)
        self.crew = ThreadCrew(HANDS, name="post", desks=HANDS)
        self._numbers = count(1)
        self.use = Delivering(
            outbox=InMemoryOutbox(self.database),
            posters={
                Platform.SLACK: SlackPoster(
                    bot_token=BOT_TOKEN, api_url=slack.api_url, timeout_seconds=PATIENCE_SECONDS
                ),
                Platform.TELEGRAM: TelegramPoster(loop, seconds=PATIENCE_SECONDS),
            },
            gates=gates(HANDS, monotonic=self.clock.monotonic),
            doorbell=CollectingDoorbell(),
            rates=InMemoryRateLimiter(self.clock, factor=1000),
            alarm=CollectingAlarm(),
            clock=self.clock,
        )

    def reply(self, platform: Platform, times: int) -> None:
        """Put replies, each of a conversation of its own, into the outbox."""
        for number in (next(self._numbers) for _ in range(times)):
            address = Address(platform, channel="42", direct=True)
            if platform is Platform.SLACK:
                ts = self.slack.say("C1", "U1", f"question {number}")
                address = Address(platform, channel="C1", thread=ts, reply_to=ts, team="T1")
            message = OutgoingMessage(
                ReplyKey(f"{platform}:{number}#1"), ConversationId(f"{platform}:{number}"), address, Reply("answer")
            )
            row = OutboxRow(OutboxId(number), EventId(f"{platform}:{number}"), message, self.clock.now())
            self.database.outbox.append(row)

    def work(self) -> None:
        """Hand out what is due."""
        dispatch(self.use, self.crew)

    def finish(self) -> None:
        """Let time pass until every reply is out."""
        for _ in range(60):
            assert self.crew.finish(10) == 0
            if not any(row.open for row in self.database.outbox):
                return
            self.clock.advance(1.0)
            self.work()
        pytest.fail("some replies never went out")

    def statuses(self, platform: Platform) -> list[str]:
        with self.database.lock:
            return [row.status for row in self.database.outbox if row.message.address.platform is platform]


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def office() -> Iterator[Office]:
    with ExitStack() as stack:
        slack, telegram = stack.enter_context(SlackStandIn()), stack.enter_context(TelegramStandIn())
        telegram.know(42)
        loop = TelegramLoop(telegram.token, api_url=telegram.api_url)
        stack.callback(loop.close)
        yield Office(slack, telegram, loop)
        assert telegram.complaints == slack.refusals == []


@contextmanager
def slack_hangs(office: Office) -> Iterator[Callable[[], int]]:
    """Let Slack take whatever it is asked and say nothing; yields what counts the calls."""
    answer = threading.Event()
    for method in SLACKS:
        office.slack.fail(method, Failure(until=answer), times=1000)
    try:
        yield lambda: sum(office.slack.calls.values())
    finally:
        for method in SLACKS:
            office.slack.forgive(method)
        answer.set()


@contextmanager
def telegram_hangs(office: Office) -> Iterator[Callable[[], int]]:
    office.telegram.fail("sendMessage", *[slow(2 * PATIENCE_SECONDS)] * PLACES)
    yield lambda: len(office.telegram.sent)
    office.telegram.forgive("sendMessage")


HANGS = {Platform.SLACK: slack_hangs, Platform.TELEGRAM: telegram_hangs}
OTHER = {Platform.SLACK: Platform.TELEGRAM, Platform.TELEGRAM: Platform.SLACK}


@pytest.mark.parametrize("ill", HANGS)
def test_the_other_platforms_replies_go_out_meanwhile(office: Office, ill: Platform) -> None:
    well = OTHER[ill]
    with HANGS[ill](office):
        office.reply(ill, MANY)
        office.work()
        office.reply(well, 5)
        office.work()
        until(lambda: "sending" not in office.statuses(well))
        assert office.statuses(well) == ["sent"] * 5
        assert office.statuses(ill).count("sending") == PLACES, "they hang, and hold no more than their share"
        assert office.statuses(ill).count("deferred") == MANY - PLACES


def test_a_platform_that_failed_again_and_again_rests_and_is_tried_by_one(office: Office) -> None:
    with slack_hangs(office) as asked:
        office.reply(Platform.SLACK, MANY)
        office.work()
        assert office.crew.finish(10) == 0
        assert asked() == PLACES >= FAILURES
        attempts = [row.attempts for row in office.database.outbox]
        assert sorted(attempts) == [0] * (MANY - PLACES) + [1] * PLACES, "who only waits loses no attempt"
        for _ in range(4):
            office.work()
        assert asked() == PLACES, "it rests"
        office.clock.advance(6.0)
        office.work()
        assert office.crew.finish(10) == 0
        assert asked() == PLACES + 1, "one tried"


def test_when_it_is_back_everything_goes_out_once_the_doubtful_ones_too(office: Office) -> None:
    with slack_hangs(office):
        office.reply(Platform.SLACK, MANY)
        office.work()
        assert office.crew.finish(10) == 0
        assert [row.uncertain for row in office.database.outbox].count(True) == PLACES
    office.finish()
    keys = [post["metadata"]["event_payload"]["key"] for post in office.slack.posts]
    assert sorted(keys) == sorted(row.message.key for row in office.database.outbox)
    assert {row.attempts for row in office.database.outbox} <= {1, 2}
