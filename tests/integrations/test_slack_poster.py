"""Replies on their way to Slack, through the real client library, and everything that can go wrong there."""

import logging
from collections.abc import Iterator
from threading import Event

import pytest

from bot.domain.conversation import Address, ConversationId, Platform
from bot.domain.documents import ChunkId
from bot.domain.errors import (
    DeliveryUncertain,
    MaruError,
    PlatformRateLimited,
    PlatformUnavailable,
    PostRejected,
)
from bot.domain.messages import Citation, OutgoingMessage, Reply, ReplyKey
from integrations.slack.poster import SlackPoster
from tests.standins.slack import BOT_TOKEN, Failure, SlackStandIn


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def poster(slack: SlackStandIn) -> Iterator[SlackPoster]:
    poster = SlackPoster(bot_token=BOT_TOKEN, api_url=slack.api_url, timeout_seconds=2.0)
    yield poster
    poster.close()


def in_thread(slack: SlackStandIn, text: str = "Run `make rollback` [1].", key: str = "slack:Ev1#1") -> OutgoingMessage:
    ts = slack.say("C1", "U1", "<@UMARU> how do I roll back?")
    address = Address(platform=Platform.SLACK, channel="C1", thread=ts, reply_to=ts, team="T1")
    citations = (Citation(1, "Deploys › Rolling back", "deploys.md", ChunkId(1), sample=True),)
    return OutgoingMessage(ReplyKey(key), ConversationId(f"slack:T1/C1/{ts}"), address, Reply(text, citations))


def in_direct(slack: SlackStandIn, text: str = "Hello!") -> OutgoingMessage:
    ts = slack.say("D1", "U1", "hi")
    address = Address(platform=Platform.SLACK, channel="D1", reply_to=ts, team="T1", direct=True)
    return OutgoingMessage(ReplyKey("slack:Ev2#1"), ConversationId("slack:T1/D1"), address, Reply(text))


def to_command(url: str, text: str = "All is **well**.") -> OutgoingMessage:
    address = Address(platform=Platform.SLACK, channel="C1", team="T1", response_url=url, direct=True)
    return OutgoingMessage(ReplyKey("slack:1.2.x#1"), ConversationId("slack:T1/C1/command/U1"), address, Reply(text))


LONG = "\n\n".join(f"Paragraph {number}. " + "Many words follow here. " * 60 for number in range(5))


def test_an_answer_is_posted_into_the_thread_with_its_sources(slack: SlackStandIn, poster: SlackPoster) -> None:
    message = in_thread(slack)
    reference = poster.post(message)
    (post,) = slack.posts
    assert post.pop("ts") == reference
    assert post == {
        "channel": "C1",
        "thread_ts": message.address.thread,
        "text": "Run `make rollback` [1].\n\n[1] Deploys › Rolling back — deploys.md (sample)",
        "mrkdwn": True,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {"event_type": "maru_reply", "event_payload": {"key": "slack:Ev1#1"}},
    }
    assert slack.refusals == []


def test_an_answer_to_a_direct_message_is_not_threaded(slack: SlackStandIn, poster: SlackPoster) -> None:
    poster.post(in_direct(slack))
    assert "thread_ts" not in slack.posts[0]


def test_hostile_words_come_out_inert(slack: SlackStandIn, poster: SlackPoster) -> None:
    poster.post(in_thread(slack, "<!channel> [bank](https://evil.example) <https://evil.example|bank> <b>&"))
    assert "<" not in slack.posts[0]["text"]


def test_a_post_of_this_key_is_found_again(slack: SlackStandIn, poster: SlackPoster) -> None:
    threaded, direct = in_thread(slack), in_direct(slack)
    assert (poster.find(threaded), poster.find(direct)) == (None, None)
    references = poster.post(threaded), poster.post(direct)
    assert (poster.find(threaded), poster.find(direct)) == references
    assert poster.find(in_thread(slack, key="slack:Ev9#1")) is None


def test_only_maru_s_own_posts_count_as_found(slack: SlackStandIn, poster: SlackPoster) -> None:
    message = in_thread(slack)
    forged = {"event_type": "maru_reply", "event_payload": {"key": str(message.key)}}
    slack.say("C1", "U3", "a forgery", thread_ts=message.address.thread, metadata=forged, bot_id="BOTHER")
    assert poster.find(message) is None


def test_a_post_is_found_beyond_the_first_page(slack: SlackStandIn, poster: SlackPoster) -> None:
    message = in_thread(slack)
    for number in range(250):
        slack.say("C1", "U2", f"chatter {number}", thread_ts=message.address.thread)
    assert poster.find(message) is None
    reference = poster.post(message)
    assert poster.find(message) == reference


def test_a_lost_answer_is_uncertain_and_the_post_is_found(slack: SlackStandIn, poster: SlackPoster) -> None:
    message = in_thread(slack)
    slack.fail("chat.postMessage", Failure(drop=True))
    with pytest.raises(DeliveryUncertain):
        poster.post(message)
    assert len(slack.posts) == 1, "the client must not post again by itself"
    assert poster.find(message) == slack.posts[0]["ts"]


def test_an_answer_that_comes_too_late_is_uncertain(slack: SlackStandIn) -> None:
    hasty = SlackPoster(bot_token=BOT_TOKEN, api_url=slack.api_url, timeout_seconds=0.2)
    answer = Event()
    slack.fail("chat.postMessage", Failure(until=answer))
    with pytest.raises(DeliveryUncertain):
        hasty.post(in_thread(slack))
    answer.set()
    hasty.close()


def test_without_a_server_nothing_was_taken() -> None:
    with SlackStandIn() as gone:
        message = in_thread(gone)
    poster = SlackPoster(bot_token=BOT_TOKEN, api_url=gone.api_url)
    with pytest.raises(PlatformUnavailable):
        poster.post(message)
    with pytest.raises(PlatformUnavailable):
        poster.post(to_command(gone.response_url()))
    poster.close()


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Failure(status=500), PlatformUnavailable),
        (Failure(status=503, html=True), PlatformUnavailable),
        (Failure(status=504, html=True), DeliveryUncertain),
        (Failure(status=200, html=True), DeliveryUncertain),
        (Failure(error="internal_error"), DeliveryUncertain),
        (Failure(error="fatal_error"), DeliveryUncertain),
        (Failure(error="service_unavailable"), PlatformUnavailable),
        (Failure(error="invalid_auth"), PlatformUnavailable),
        (Failure(error="ratelimited"), PlatformRateLimited),
        (Failure(error="channel_not_found"), PostRejected),
        (Failure(error="not_in_channel"), PostRejected),
        (Failure(error="is_archived"), PostRejected),
        (Failure(error="account_inactive"), PostRejected),
        (Failure(error="missing_scope"), PostRejected),
        (Failure(error="a_new_word"), PostRejected),
    ],
    ids=str,
)
def test_each_refusal_has_its_meaning(
    slack: SlackStandIn, poster: SlackPoster, failure: Failure, error: type[MaruError]
) -> None:
    slack.fail("chat.postMessage", failure)
    with pytest.raises(MaruError) as caught:
        poster.post(in_thread(slack))
    assert type(caught.value) is error
    assert slack.calls["chat.postMessage"] == 1
    assert BOT_TOKEN not in str(caught.value)


def test_a_pause_is_as_long_as_slack_says(slack: SlackStandIn, poster: SlackPoster) -> None:
    slack.fail("chat.postMessage", Failure(status=429, error="ratelimited", retry_after=7))
    with pytest.raises(PlatformRateLimited) as caught:
        poster.post(in_thread(slack))
    assert caught.value.retry_after == 7.0


def test_refused_formatting_is_posted_as_plain_words(slack: SlackStandIn, poster: SlackPoster) -> None:
    slack.fail("chat.postMessage", Failure(error="invalid_blocks"))
    reference = poster.post(in_thread(slack, "**bold** <!here>"))
    (post,) = slack.posts
    assert (post["ts"], post["mrkdwn"]) == (reference, False)
    assert post["text"].startswith("**bold** &lt;!here&gt;")


def test_formatting_refused_twice_is_a_refusal(slack: SlackStandIn, poster: SlackPoster) -> None:
    slack.fail("chat.postMessage", Failure(error="invalid_blocks"), times=2)
    with pytest.raises(PostRejected):
        poster.post(in_thread(slack))


def test_a_long_reply_goes_out_in_parts_and_the_first_names_it(slack: SlackStandIn, poster: SlackPoster) -> None:
    message = in_thread(slack, LONG)
    reference = poster.post(message)
    keys = [post["metadata"]["event_payload"]["key"] for post in slack.posts]
    assert keys == [f"slack:Ev1#1/{number + 1}" for number in range(len(keys))]
    assert len(keys) > 1
    assert reference == slack.posts[0]["ts"] == poster.find(message)
    assert {post["thread_ts"] for post in slack.posts} == {message.address.thread}
    assert "deploys.md" in slack.posts[-1]["text"]


@pytest.mark.parametrize("failure", [Failure(status=429, retry_after=1), Failure(drop=True)], ids=["limited", "lost"])
def test_a_long_reply_that_broke_off_is_completed_and_nothing_said_twice(
    slack: SlackStandIn, poster: SlackPoster, failure: Failure
) -> None:
    message = in_thread(slack, LONG)
    slack.fail("chat.postMessage", Failure())
    slack.fail("chat.postMessage", failure)
    with pytest.raises((PlatformRateLimited, DeliveryUncertain)):
        poster.post(message)
    assert poster.find(message) is None
    reference = poster.post(message)
    keys = [post["metadata"]["event_payload"]["key"] for post in slack.posts]
    assert sorted(keys) == sorted(set(keys))
    assert len(keys) >= 2
    assert poster.find(message) == reference == slack.posts[0]["ts"]


def test_where_maru_may_not_read_nobody_knows(slack: SlackStandIn, poster: SlackPoster) -> None:
    message = in_thread(slack)
    slack.fail("conversations.replies", Failure(error="missing_scope"))
    assert poster.find(message) is None
    slack.fail("conversations.replies", Failure(status=500))
    with pytest.raises(PlatformUnavailable):
        poster.find(message)


def test_a_slash_command_is_answered_for_the_person_alone(slack: SlackStandIn, poster: SlackPoster) -> None:
    message = to_command(slack.response_url())
    assert poster.post(message) == "response_url"
    assert poster.find(message) is None
    (answer,) = slack.responses
    assert (answer["text"], answer["response_type"]) == ("All is *well*.", "ephemeral")
    assert slack.posts == []


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "http://hooks.slack.com/commands/x",
        "https://hooks.slack.com.evil.example/x",
        "file:///x",
    ],
)
def test_an_answer_goes_to_slack_or_nowhere(poster: SlackPoster, url: str) -> None:
    with pytest.raises(PostRejected):
        poster.post(to_command(url))


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Failure(status=404, error="expired_url"), PostRejected),
        (Failure(status=500), PlatformUnavailable),
        (Failure(status=429, retry_after=3), PlatformRateLimited),
        (Failure(drop=True), DeliveryUncertain),
    ],
    ids=str,
)
def test_each_refusal_of_a_response_url_has_its_meaning(
    slack: SlackStandIn, poster: SlackPoster, failure: Failure, error: type[MaruError]
) -> None:
    slack.fail("response_url", failure)
    with pytest.raises(MaruError) as caught:
        poster.post(to_command(slack.response_url()))
    assert type(caught.value) is error
    assert slack.calls["response_url"] == 1


def test_words_addresses_and_tokens_stay_out_of_the_log(
    slack: SlackStandIn, poster: SlackPoster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    message = in_thread(slack, "a private word")
    poster.post(message)
    poster.find(message)
    poster.post(to_command(slack.response_url("secret-path"), "a private word"))
    slack.fail("chat.postMessage", Failure(drop=True))
    with pytest.raises(DeliveryUncertain):
        poster.post(message)
    for secret in ("a private word", "secret-path", BOT_TOKEN):
        assert secret not in caplog.text
