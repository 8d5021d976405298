"""A channel's last day, as people wrote it."""

from collections.abc import Iterator

import pytest

from bot.domain.conversation import Address, Platform
from bot.domain.errors import PlatformRateLimited, PlatformUnavailable
from integrations.memory.clock import FrozenClock
from integrations.memory.rates import InMemoryRateLimiter
from integrations.slack.history import DAY_SECONDS, SlackChannelHistory
from tests.standins.slack import BOT_ID, BOT_TOKEN, BOT_USER, Failure, SlackStandIn

CHANNEL = Address(Platform.SLACK, channel="C1", thread="1", team="T1")


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def history(slack: SlackStandIn, clock: FrozenClock) -> SlackChannelHistory:
    return SlackChannelHistory(
        bot_token=BOT_TOKEN, api_url=slack.api_url, clock=clock, limiter=InMemoryRateLimiter(clock)
    )


def say(slack: SlackStandIn, at: float, text: str, **more: str) -> None:
    slack.messages["C1"].append({"type": "message", "user": "U1", "text": text, "ts": f"{at:.6f}", **more})


def test_what_people_wrote_within_a_day_oldest_first(
    slack: SlackStandIn, clock: FrozenClock, history: SlackChannelHistory
) -> None:
    now = clock.now()
    say(slack, now - DAY_SECONDS - 1, "yesterday's news")
    say(slack, now - 500, "Deploy of web is done, see &lt;board&gt; <https://x.example|here>")
    say(slack, now - 400, "has joined the channel", subtype="channel_join")
    say(slack, now - 300, "an answer of Maru's", user=BOT_USER, bot_id=BOT_ID)
    say(slack, now - 200, f"<@{BOT_USER}> summarise this channel")
    say(slack, now - 150, "in a thread", thread_ts=f"{now - 500:.6f}")
    say(slack, now - 100, "build 41 failed", subtype="bot_message", user="")
    assert history.last_day(CHANNEL) == [
        "Deploy of web is done, see <board> here (https://x.example)",
        "build 41 failed",
    ]
    assert slack.refusals == []


def test_a_quiet_channel_has_nothing(history: SlackChannelHistory) -> None:
    assert history.last_day(CHANNEL) == []


@pytest.mark.parametrize("word", ["not_in_channel", "channel_not_found", "missing_scope"])
def test_where_maru_may_not_read_there_is_none(slack: SlackStandIn, history: SlackChannelHistory, word: str) -> None:
    slack.fail("conversations.history", Failure(error=word))
    assert history.last_day(CHANNEL) is None


def test_a_direct_message_and_another_platform_are_not_asked_for(
    slack: SlackStandIn, history: SlackChannelHistory
) -> None:
    assert history.last_day(Address(Platform.SLACK, channel="D1", team="T1", direct=True)) is None
    assert history.last_day(Address(Platform.TELEGRAM, channel="7")) is None
    assert slack.calls["conversations.history"] == 0


def test_what_slack_cannot_do_now_is_tried_again(slack: SlackStandIn, history: SlackChannelHistory) -> None:
    slack.fail("conversations.history", Failure(status=429, error="ratelimited", retry_after=7))
    with pytest.raises(PlatformRateLimited):
        history.last_day(CHANNEL)
    slack.fail("conversations.history", Failure(drop=True))
    with pytest.raises(PlatformUnavailable):
        history.last_day(CHANNEL)
