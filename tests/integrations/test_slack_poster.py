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
from integrations.slack.poster import MORE, SlackPoster
from integrations.slack.refusals import BY_STATUS, POLICY, Policy
from integrations.slack.render import LONGEST_PART
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


def post(poster: SlackPoster, message: OutgoingMessage) -> list[str]:
    """Send all posts of a message, as a sender does, and return their names."""
    return [one.send() for one in poster.posts(message)]


def find(poster: SlackPoster, message: OutgoingMessage) -> str | None:
    """Look for the message's first post."""
    return poster.posts(message)[0].find()


LONG = "\n\n".join(f"Paragraph {number}. " + "Many words follow here. " * 60 for number in range(5))


def test_an_answer_is_posted_into_the_thread_with_its_sources(slack: SlackStandIn, poster: SlackPoster) -> None:
    message = in_thread(slack)
    (reference,) = post(poster, message)
    (posted,) = slack.posts
    assert posted.pop("ts") == reference
    assert posted == {
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
    post(poster, in_direct(slack))
    assert "thread_ts" not in slack.posts[0]


def test_hostile_words_come_out_inert(slack: SlackStandIn, poster: SlackPoster) -> None:
    post(poster, in_thread(slack, "<!channel> [bank](https://evil.example) <https://evil.example|bank> <b>&"))
    assert "<" not in slack.posts[0]["text"]


def test_a_post_of_this_key_is_found_again(slack: SlackStandIn, poster: SlackPoster) -> None:
    threaded, direct = in_thread(slack), in_direct(slack)
    assert (find(poster, threaded), find(poster, direct)) == (None, None)
    references = [*post(poster, threaded), *post(poster, direct)]
    assert [find(poster, threaded), find(poster, direct)] == references
    assert find(poster, in_thread(slack, key="slack:Ev9#1")) is None


def test_only_maru_s_own_posts_count_as_found(slack: SlackStandIn, poster: SlackPoster) -> None:
    message = in_thread(slack)
    forged = {"event_type": "maru_reply", "event_payload": {"key": str(message.key)}}
    slack.say("C1", "U3", "a forgery", thread_ts=message.address.thread, metadata=forged, bot_id="BOTHER")
    assert find(poster, message) is None


def test_a_post_is_found_beyond_the_first_page(slack: SlackStandIn, poster: SlackPoster) -> None:
    message = in_thread(slack)
    for number in range(250):
        slack.say("C1", "U2", f"chatter {number}", thread_ts=message.address.thread)
    assert find(poster, message) is None
    (reference,) = post(poster, message)
    assert find(poster, message) == reference


def test_a_lost_answer_is_uncertain_and_the_post_is_found(slack: SlackStandIn, poster: SlackPoster) -> None:
    message = in_thread(slack)
    slack.fail("chat.postMessage", Failure(drop=True))
    with pytest.raises(DeliveryUncertain):
        post(poster, message)
    assert len(slack.posts) == 1, "the client must not post again by itself"
    assert find(poster, message) == slack.posts[0]["ts"]


def test_an_answer_that_comes_too_late_is_uncertain(slack: SlackStandIn) -> None:
    hasty = SlackPoster(bot_token=BOT_TOKEN, api_url=slack.api_url, timeout_seconds=0.2)
    answer = Event()
    slack.fail("chat.postMessage", Failure(until=answer))
    with pytest.raises(DeliveryUncertain):
        post(hasty, in_thread(slack))
    answer.set()
    hasty.close()


def test_without_a_server_nothing_was_taken() -> None:
    with SlackStandIn() as gone:
        message = in_thread(gone)
    poster = SlackPoster(bot_token=BOT_TOKEN, api_url=gone.api_url)
    with pytest.raises(PlatformUnavailable):
        post(poster, message)
    with pytest.raises(PlatformUnavailable):
        post(poster, to_command(gone.response_url()))
    poster.close()


ROWS = [
    *[(Failure(error=word), row.policy) for word, row in POLICY.items()],
    *[(Failure(status=status), row.policy) for status, row in BY_STATUS.items()],
    (Failure(status=503, html=True), Policy.RETRY),
    (Failure(status=504, html=True), Policy.LOOK),
    (Failure(status=200, html=True), Policy.LOOK),
    (Failure(error="a_new_word"), Policy.STOP),
]


@pytest.mark.parametrize(("failure", "policy"), ROWS, ids=str)
def test_each_row_of_the_policy_table(
    slack: SlackStandIn, poster: SlackPoster, failure: Failure, policy: Policy
) -> None:
    slack.fail("chat.postMessage", failure)
    if policy in (Policy.PLAIN, Policy.SPLIT):
        post(poster, in_thread(slack))
        assert (slack.calls["chat.postMessage"], len(slack.posts)) == (2, 1)
        return
    with pytest.raises(MaruError) as caught:
        post(poster, in_thread(slack))
    assert type(caught.value) is policy.value
    assert slack.calls["chat.postMessage"] == 1
    assert BOT_TOKEN not in str(caught.value)


def test_a_pause_is_as_long_as_slack_says(slack: SlackStandIn, poster: SlackPoster) -> None:
    slack.fail("chat.postMessage", Failure(status=429, error="ratelimited", retry_after=7))
    with pytest.raises(PlatformRateLimited) as caught:
        post(poster, in_thread(slack))
    assert caught.value.retry_after == 7.0


def test_refused_formatting_is_posted_as_plain_words(slack: SlackStandIn, poster: SlackPoster) -> None:
    slack.fail("chat.postMessage", Failure(error="invalid_blocks"))
    (reference,) = post(poster, in_thread(slack, "**bold** <!here>"))
    (posted,) = slack.posts
    assert (posted["ts"], posted["mrkdwn"]) == (reference, False)
    assert posted["text"].startswith("*bold* &lt;!here&gt;")


def test_formatting_refused_twice_is_a_refusal(slack: SlackStandIn, poster: SlackPoster) -> None:
    slack.fail("chat.postMessage", Failure(error="invalid_blocks"), times=2)
    with pytest.raises(PostRejected):
        post(poster, in_thread(slack))


def test_a_long_reply_goes_out_in_parts_and_each_can_be_found(slack: SlackStandIn, poster: SlackPoster) -> None:
    message = in_thread(slack, LONG)
    references = post(poster, message)
    keys = [one["metadata"]["event_payload"]["key"] for one in slack.posts]
    assert keys == [f"slack:Ev1#1/{number + 1}" for number in range(len(keys))]
    assert len(keys) > 1
    assert references == [one["ts"] for one in slack.posts] == [one.find() for one in poster.posts(message)]
    assert {one["thread_ts"] for one in slack.posts} == {message.address.thread}
    assert "deploys.md" in slack.posts[-1]["text"]


def test_what_slack_finds_too_long_goes_out_in_pieces_and_nothing_twice(
    slack: SlackStandIn, poster: SlackPoster
) -> None:
    message = in_thread(slack, "A sentence of some length stands here. " * 80)
    too_long = Failure(error="msg_too_long")
    slack.fail("chat.postMessage", too_long)
    slack.fail("chat.postMessage", Failure())
    slack.fail("chat.postMessage", Failure(status=503))
    with pytest.raises(PlatformUnavailable):
        post(poster, message)
    assert find(poster, message) is None
    slack.fail("chat.postMessage", too_long)
    (reference,) = post(poster, message)
    keys = [one["metadata"]["event_payload"]["key"] for one in slack.posts]
    assert keys == ["slack:Ev1#1.1", "slack:Ev1#1.2"]
    assert reference == slack.posts[0]["ts"] == find(poster, message)


def test_rates_are_the_channel_s_and_the_method_s(slack: SlackStandIn, poster: SlackPoster) -> None:
    (threaded,), (answer,) = poster.posts(in_thread(slack)), poster.posts(to_command(slack.response_url()))
    assert [rate.name for rate in threaded.rates] == ["slack:T1:C1", "slack:T1:chat.postMessage"]
    assert [rate.name for rate in threaded.looking_rates] == ["slack:T1:conversations.replies"]
    assert (list(answer.rates), answer.can_look) == ([], False)


def test_where_maru_may_not_read_nobody_knows(slack: SlackStandIn, poster: SlackPoster) -> None:
    message = in_thread(slack)
    slack.fail("conversations.replies", Failure(error="missing_scope"))
    assert find(poster, message) is None
    slack.fail("conversations.replies", Failure(status=500))
    with pytest.raises(PlatformUnavailable):
        find(poster, message)


def test_a_slash_command_is_answered_for_the_person_alone(slack: SlackStandIn, poster: SlackPoster) -> None:
    message = to_command(slack.response_url())
    assert post(poster, message) == ["response_url"]
    assert find(poster, message) is None
    (answer,) = slack.responses
    assert (answer["text"], answer["response_type"]) == ("All is *well*.", "ephemeral")
    assert slack.posts == []


@pytest.mark.parametrize("parts", [5, 6, 30])
def test_an_answer_that_slack_does_not_take_whole_says_so(slack: SlackStandIn, poster: SlackPoster, parts: int) -> None:
    blocks = [f"Document {number}. " + "x" * (LONGEST_PART - 40) for number in range(1, parts + 1)]
    post(poster, to_command(slack.response_url(), "\n\n".join(blocks)))
    texts = [answer["text"] for answer in slack.responses]
    assert [text[:11] for text in texts[:4]] == [f"Document {number}." for number in range(1, 5)]
    if parts == 5:
        assert texts[4].startswith("Document 5.")
    else:
        assert texts[4:] == [MORE]


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
        post(poster, to_command(url))


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
        post(poster, to_command(slack.response_url()))
    assert type(caught.value) is error
    assert slack.calls["response_url"] == 1


def test_words_addresses_and_tokens_stay_out_of_the_log(
    slack: SlackStandIn, poster: SlackPoster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    message = in_thread(slack, "a private word")
    post(poster, message)
    find(poster, message)
    post(poster, to_command(slack.response_url("secret-path"), "a private word"))
    slack.fail("chat.postMessage", Failure(drop=True))
    with pytest.raises(DeliveryUncertain):
        post(poster, message)
    for secret in ("a private word", "secret-path", BOT_TOKEN):
        assert secret not in caplog.text
