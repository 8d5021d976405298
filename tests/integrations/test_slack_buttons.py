"""Buttons in Slack: beneath a post through the real client library, and their presses, as recorded, on the way in."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.domain.conversation import Address, ConversationId, Platform
from bot.domain.documents import ChunkId
from bot.domain.events import CommandReceived, MessageReceived
from bot.domain.messages import Button, Citation, OutgoingMessage, Reply, ReplyKey
from integrations.slack.parse import Ignored, parse_press
from integrations.slack.poster import SlackPoster
from tests.standins.slack import BOT_TOKEN, Failure, SlackStandIn
from tests.standins.slack_blocks import buttons_in

WHY, BIGGER = Button("Why?", "/why 7"), Button("Ask the bigger model", "/bigger 7")
YES = Button("네", "네, 스테이징이요")


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def poster(slack: SlackStandIn) -> Iterator[SlackPoster]:
    poster = SlackPoster(bot_token=BOT_TOKEN, api_url=slack.api_url, timeout_seconds=2.0)
    yield poster
    poster.close()


def posted(
    slack: SlackStandIn, poster: SlackPoster, *buttons: Button, text: str = "Run `make rollback` [1]."
) -> dict[str, Any]:
    """Post a reply with these buttons into a thread and return its last post."""
    ts = slack.say("C1", "U1", "<@UMARU> how do I roll back?")
    address = Address(platform=Platform.SLACK, channel="C1", thread=ts, reply_to=ts, team="T1")
    reply = Reply(text, (Citation(1, "Deploys", "deploys.md", ChunkId(1)),), buttons)
    for post in poster.posts(OutgoingMessage(ReplyKey("slack:Ev1#1"), ConversationId("c"), address, reply)):
        post.send()
    return slack.posts[-1]


def words_of(post: dict[str, Any]) -> list[str]:
    return [block["text"]["text"] for block in post["blocks"] if block["type"] == "section"]


class TestPosting:
    def test_they_stand_in_a_row_beneath_the_words(self, slack: SlackStandIn, poster: SlackPoster) -> None:
        post = posted(slack, poster, WHY, BIGGER)
        assert post["text"] == "Run `make rollback` [1].\n\n[1] Deploys — deploys.md"
        assert words_of(post) == [post["text"]]
        shown = [(one["text"]["text"], one["value"]) for one in buttons_in(post["blocks"])]
        assert shown == [("Why?", "/why 7"), ("Ask the bigger model", "/bigger 7")]
        assert slack.refusals == []

    def test_without_any_a_post_is_as_it_always_was(self, slack: SlackStandIn, poster: SlackPoster) -> None:
        assert "blocks" not in posted(slack, poster)

    def test_under_a_long_reply_they_follow_its_last_words(self, slack: SlackStandIn, poster: SlackPoster) -> None:
        last = posted(slack, poster, WHY, text="\n\n".join(["word " * 500] * 3))
        assert len(slack.posts) == 3
        assert ["blocks" in post for post in slack.posts] == [False, False, True]
        assert "".join(words_of(last)).split() == last["text"].split()
        assert slack.refusals == []

    def test_a_post_longer_than_a_section_is_several(self, slack: SlackStandIn, poster: SlackPoster) -> None:
        post = posted(slack, poster, WHY, text="A sentence of a few words. " * 130)
        assert [len(words) <= 3000 for words in words_of(post)] == [True, True]
        assert slack.refusals == []

    def test_slacks_limits_are_kept(self, slack: SlackStandIn, poster: SlackPoster) -> None:
        many = [Button("라" * 90, f"say {number}") for number in range(30)]
        row = buttons_in(posted(slack, poster, Button("", "x"), Button("x", "x" * 2001), *many)["blocks"])
        assert [one["value"] for one in row] == [f"say {number}" for number in range(25)]
        assert row[0]["text"]["text"] == "라" * 74 + "…"
        assert slack.refusals == []

    def test_words_stay_inert_in_blocks(self, slack: SlackStandIn, poster: SlackPoster) -> None:
        post = posted(slack, poster, WHY, text="<!channel> [bank](https://evil.example) <@U1>")
        assert "<" not in words_of(post)[0]
        assert all(block["text"]["verbatim"] for block in post["blocks"] if block["type"] == "section")

    def test_where_slack_refuses_blocks_the_words_are_posted(self, slack: SlackStandIn, poster: SlackPoster) -> None:
        slack.fail("chat.postMessage", Failure(error="invalid_blocks"))
        post = posted(slack, poster, WHY)
        assert "blocks" not in post
        assert post["text"].startswith("Run `make rollback`")

    def test_they_stand_under_the_answer_to_a_slash_command_too(self, slack: SlackStandIn, poster: SlackPoster) -> None:
        address = Address(
            platform=Platform.SLACK, channel="C1", team="T1", response_url=slack.response_url(), direct=True
        )
        (post,) = poster.posts(OutgoingMessage(ReplyKey("k"), ConversationId("c"), address, Reply("Hm.", (), (YES,))))
        post.send()
        (answer,) = slack.responses
        assert [one["value"] for one in buttons_in(answer["blocks"])] == ["네, 스테이징이요"]
        assert slack.refusals == []


class TestPress:
    def test_a_press_says_a_command_in_the_thread_of_the_post(self, slack: SlackStandIn, poster: SlackPoster) -> None:
        post = posted(slack, poster, WHY)
        event = parse_press(slack.press(post, "Why?", user="U2"))
        assert isinstance(event, CommandReceived)
        thread = post["thread_ts"]
        assert (event.text, event.person, event.conversation) == ("why 7", "slack:T1/U2", f"slack:T1/C1/{thread}")
        assert event.address == Address(
            platform=Platform.SLACK, channel="C1", thread=thread, reply_to=post["ts"], team="T1"
        )

    def test_a_press_says_words(self, slack: SlackStandIn, poster: SlackPoster) -> None:
        event = parse_press(slack.press(posted(slack, poster, YES), "네"))
        assert isinstance(event, MessageReceived)
        assert event.text == "네, 스테이징이요"

    @pytest.mark.parametrize(("apart", "same"), [(0.0, True), (2.0, True), (4.9, True), (10.1, False), (60.0, False)])
    def test_a_second_press_within_seconds_is_the_same_one(
        self, slack: SlackStandIn, poster: SlackPoster, apart: float, same: bool
    ) -> None:
        post = posted(slack, poster, WHY, BIGGER)
        for start in range(1_700_000_000, 1_700_000_020):
            first, second = (parse_press(slack.press(post, "Why?", at=at)) for at in (start, start + apart))
            assert not isinstance(first, Ignored)
            assert not isinstance(second, Ignored)
            shared = first.event_id == second.event_id or first.message_key == second.message_key
            assert shared is same

    def test_other_buttons_people_and_posts_are_other_presses(self, slack: SlackStandIn, poster: SlackPoster) -> None:
        one, two = posted(slack, poster, WHY, BIGGER), posted(slack, poster, WHY, BIGGER)
        presses = [
            slack.press(post, label, user=user, at=1_700_000_000.0)
            for post in (one, two)
            for label in ("Why?", "Ask the bigger model")
            for user in ("U1", "U2")
        ]
        events = [parse_press(press) for press in presses]
        assert len({event.event_id for event in events if not isinstance(event, Ignored)}) == len(presses)
        assert len({event.message_key for event in events if not isinstance(event, Ignored)}) == len(presses)

    def test_in_a_direct_message_it_is_that_conversation(self, slack: SlackStandIn, poster: SlackPoster) -> None:
        press = slack.press({**posted(slack, poster, WHY), "channel": "D1", "thread_ts": None}, "Why?")
        event = parse_press(press)
        assert not isinstance(event, Ignored)
        assert (event.conversation, event.address.thread, event.address.direct) == ("slack:T1/D1", None, True)

    def test_what_one_person_sees_is_answered_to_that_person_alone(
        self, slack: SlackStandIn, poster: SlackPoster
    ) -> None:
        answer = {**posted(slack, poster, WHY), "url": "/commands/T1/1"}
        press = slack.press(answer, "Why?", user="U2")
        event = parse_press(press)
        assert not isinstance(event, Ignored)
        assert event.conversation == "slack:T1/C1/command/U2"
        assert event.address == Address(
            platform=Platform.SLACK, channel="C1", team="T1", response_url=press["response_url"], direct=True
        )

    def test_people_of_other_workspaces_keep_their_own_team(self, slack: SlackStandIn, poster: SlackPoster) -> None:
        post = posted(slack, poster, WHY)
        foreign = slack.press(post, "Why?", team={"id": "T9"}, user_team="T9")
        foreign["user"]["team_id"] = "T9"
        event = parse_press(foreign)
        assert not isinstance(event, Ignored)
        assert (event.person, event.address.team) == ("slack:T9/U1", "T1")
        ours = slack.press(post, "Why?", enterprise={"id": "E1", "name": "all of us"})
        ours["user"]["team_id"] = "E1"
        event = parse_press(ours)
        assert not isinstance(event, Ignored)
        assert event.person == "slack:T1/U1"

    @pytest.mark.parametrize("missing", ["container", "user", "actions"])
    def test_a_press_of_nothing_is_ignored(self, slack: SlackStandIn, poster: SlackPoster, missing: str) -> None:
        press = slack.press(posted(slack, poster, WHY), "Why?")
        del press[missing]
        reason = "unknown_action" if missing == "actions" else "malformed"
        assert parse_press(press) == Ignored(reason)

    @pytest.mark.parametrize("change", [{"type": "static_select"}, {"action_id": "approve"}, {"action_id": 7}])
    def test_actions_that_are_not_ours_are_ignored(
        self, slack: SlackStandIn, poster: SlackPoster, change: dict[str, Any]
    ) -> None:
        press = slack.press(posted(slack, poster, WHY), "Why?")
        press["actions"][0] |= change
        assert parse_press(press) == Ignored("unknown_action")

    @pytest.mark.parametrize("change", [{"value": ""}, {"value": None}, {"action_ts": "soon"}])
    def test_a_broken_action_is_malformed(
        self, slack: SlackStandIn, poster: SlackPoster, change: dict[str, Any]
    ) -> None:
        press = slack.press(posted(slack, poster, WHY), "Why?")
        press["actions"][0] |= change
        assert parse_press(press) == Ignored("malformed")
