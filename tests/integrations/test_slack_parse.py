"""Slack's payloads, as recorded, and the events they become."""

from typing import Any

import pytest

from bot.domain.conversation import Address, Platform
from bot.domain.events import CommandReceived, MessageChanged, MessageReceived
from integrations.slack.parse import Ignored, parse_command, parse_event

OWN = "UMARU"


def envelope(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev1",
        "authorizations": [{"team_id": "T1", "enterprise_id": None, "user_id": OWN, "is_bot": True}],
        "event": {"user": "U2", "channel": "C1", "ts": "1700000000.000100", "team": "T1", **event},
        **more,
    }


def heard(event: dict[str, Any], **more: Any) -> MessageReceived:
    parsed = parse_event(envelope(event, **more), bot_user=OWN)
    assert isinstance(parsed, MessageReceived), parsed
    return parsed


def ignored(event: dict[str, Any], **more: Any) -> str:
    parsed = parse_event(envelope(event, **more), bot_user=OWN)
    assert isinstance(parsed, Ignored), parsed
    return parsed.reason


def test_a_mention_in_a_channel_opens_a_thread_under_it() -> None:
    event = heard({"type": "app_mention", "text": "<@UMARU> how do I roll back?"})
    assert event == MessageReceived(
        event_id="slack:Ev1",
        message_key="slack:T1:C1:1700000000.000100",
        conversation="slack:T1/C1/1700000000.000100",
        person="slack:T1/U2",
        address=Address(
            platform=Platform.SLACK,
            channel="C1",
            thread="1700000000.000100",
            reply_to="1700000000.000100",
            team="T1",
        ),
        text="how do I roll back?",
    )


def test_a_mention_in_a_thread_stays_in_it() -> None:
    event = heard({"type": "app_mention", "text": "<@UMARU> and staging?", "thread_ts": "1699999999.000001"})
    assert event.conversation == "slack:T1/C1/1699999999.000001"
    assert event.address.thread == "1699999999.000001"
    assert event.address.reply_to == "1700000000.000100"


def test_a_direct_message_is_one_conversation_and_a_thread_in_it_another() -> None:
    plain = heard({"type": "message", "channel_type": "im", "channel": "D1", "text": "hi"})
    assert (plain.conversation, plain.address.thread, plain.address.direct) == ("slack:T1/D1", None, True)
    thread = heard({"type": "message", "channel_type": "im", "channel": "D1", "text": "hi", "thread_ts": "1.000001"})
    assert (thread.conversation, thread.address.thread) == ("slack:T1/D1/1.000001", "1.000001")


def test_the_twins_of_one_mention_share_their_message_key_and_words() -> None:
    mention = heard({"type": "app_mention", "text": "<@UMARU> hi"})
    twin = heard({"type": "message", "channel_type": "channel", "text": "<@UMARU> hi"}, event_id="Ev2")
    assert (mention.message_key, mention.conversation, mention.text) == (twin.message_key, twin.conversation, twin.text)
    assert mention.event_id != twin.event_id


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"type": "message", "channel_type": "channel", "text": "lunch?"}, "not_addressed"),
        ({"type": "message", "channel_type": "mpim", "channel": "G1", "text": "lunch?"}, "not_addressed"),
        ({"type": "message", "channel_type": "im", "channel": "D1", "user": OWN, "text": "hello"}, "own_message"),
        ({"type": "app_mention", "bot_id": "B7", "text": "<@UMARU> hi"}, "bot_message"),
        ({"type": "message", "channel_type": "im", "subtype": "bot_message", "text": "hi"}, "bot_message"),
        ({"type": "message", "channel_type": "im", "user": "USLACKBOT", "text": "hi"}, "bot_message"),
        ({"type": "message", "channel_type": "im", "subtype": "message_changed", "hidden": True}, "malformed"),
        ({"type": "message", "channel_type": "im", "subtype": "message_deleted", "hidden": True}, "malformed"),
        ({"type": "message", "channel_type": "im", "subtype": "message_replied", "hidden": True}, "subtype"),
        ({"type": "message", "channel_type": "im", "subtype": "channel_join", "text": "joined"}, "subtype"),
        ({"type": "reaction_added", "reaction": "eyes"}, "unknown_event"),
        ({"type": "app_mention", "text": "<@UMARU> hi", "ts": None}, "malformed"),
        ({"type": "message", "channel_type": "im", "user": None, "text": "hi"}, "malformed"),
        ({"text": "no type"}, "unknown_event"),
    ],
)
def test_what_is_not_said_to_maru_is_ignored_by_reason(event: dict[str, Any], reason: str) -> None:
    assert ignored(event) == reason


SAID = {
    "type": "message",
    "user": "U2",
    "text": "<@UMARU> how do I roll back?",
    "ts": "1700000000.000100",
    "team": "T1",
}


def edited(text: str = "<@UMARU> and staging?", *, before: dict[str, Any] = SAID, **more: Any) -> dict[str, Any]:
    after = {**before, "text": text, "edited": {"user": "U2", "ts": "1700000009.000000"}, **more}
    changed = {"type": "message", "subtype": "message_changed", "hidden": True, "channel_type": "channel"}
    return {**changed, "message": after, "previous_message": before, "user": None, "ts": "1700000009.000300"}


def deleted(**more: Any) -> dict[str, Any]:
    gone = {"type": "message", "subtype": "message_deleted", "hidden": True, "channel_type": "channel"}
    times = {"ts": "1700000009.000300", "deleted_ts": SAID["ts"]}
    return {**gone, **times, "previous_message": {**SAID, **more}, "user": None}


def changed(event: dict[str, Any], *, bot_user: str | None = OWN) -> MessageChanged:
    parsed = parse_event(envelope(event), bot_user=bot_user)
    assert isinstance(parsed, MessageChanged), parsed
    return parsed


def test_an_edit_names_the_message_and_its_new_words() -> None:
    event = heard({"type": "app_mention", "text": SAID["text"]})
    assert changed(edited()) == MessageChanged(event.message_key, event.person, "and staging?", 1700000009.0003)


def test_a_deletion_names_the_message() -> None:
    event = heard({"type": "app_mention", "text": SAID["text"]})
    assert changed(deleted()) == MessageChanged(event.message_key, event.person, None, 1700000009.0003)


def test_a_tombstone_is_a_deletion() -> None:
    stone = edited("This message was deleted.", subtype="tombstone", user="USLACKBOT")
    assert changed(stone) == changed(deleted())


def test_an_edit_that_takes_the_mention_away_is_still_to_maru() -> None:
    assert changed(edited("how do I roll back the web service?")).text == "how do I roll back the web service?"


def test_before_its_own_id_is_known_any_mention_may_be_maru() -> None:
    assert changed(edited(), bot_user=None).text == "and staging?"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (edited(SAID["text"], attachments=[{"from_url": "https://x.example"}]), "unchanged"),
        (edited("lunch at one", before={**SAID, "text": "lunch?"}), "not_addressed"),
        (deleted(text="lunch?"), "not_addressed"),
        (edited(bot_id="B7"), "bot_message"),
        (edited(before={**SAID, "user": OWN}), "bot_message"),
        ({**edited(), "ts": "soon"}, "malformed"),
        (deleted(user=None), "malformed"),
    ],
)
def test_changes_that_are_nothing_to_maru(event: dict[str, Any], reason: str) -> None:
    assert ignored(event) == reason


def test_in_a_direct_message_every_change_is_to_maru() -> None:
    assert changed({**edited("later", before={**SAID, "text": "soon"}), "channel": "D1"}).text == "later"


def test_other_envelopes_are_ignored() -> None:
    assert parse_event({"type": "app_rate_limited", "team_id": "T1"}, bot_user=OWN) == Ignored("unknown_type")


def test_a_message_with_a_file_is_still_a_person_speaking() -> None:
    event = {"type": "message", "channel_type": "im", "channel": "D1", "subtype": "file_share", "text": "see this"}
    assert heard(event).text == "see this"


@pytest.mark.parametrize(
    ("event", "envelope_more", "person"),
    [
        ({}, {}, "slack:T1/U2"),
        ({"team": "T9", "user_team": "T9", "source_team": "T9"}, {}, "slack:T9/U2"),
        ({"source_team": "T9"}, {}, "slack:T9/U2"),
        ({"user_team": "E9"}, {}, "slack:E9/U2"),
        ({"user_team": "E1"}, {"enterprise_id": "E1"}, "slack:T1/U2"),
        ({}, {"team_id": "T9"}, "slack:T1/U2"),
    ],
    ids=["own", "shared channel", "source", "foreign organisation", "own organisation", "their envelope"],
)
def test_people_of_other_workspaces_keep_their_own_team(
    event: dict[str, Any], envelope_more: dict[str, Any], person: str
) -> None:
    parsed = heard({"type": "app_mention", "text": "<@UMARU> hi", **event}, **envelope_more)
    assert parsed.person == person
    assert parsed.conversation.startswith("slack:T1/")


@pytest.mark.parametrize(
    ("slack", "words"),
    [
        ("<@UMARU>", ""),
        ("<@UMARU|maru>: deploy?", "deploy?"),
        ("<@UMARU>, <@UMARU> deploy?", "deploy?"),
        ("hey <@UMARU> what is up", "hey what is up"),
        ("what is up <@UMARU>?", "what is up?"),
        ("line one <@UMARU>\nline two", "line one\nline two"),
        ("ask <@U3|bob> or <@U4>", "ask @bob or @U4"),
        ("see <https://x.example/a?b=1&amp;c=2|the page>", "see the page (https://x.example/a?b=1&c=2)"),
        ("see <https://x.example>", "see https://x.example"),
        ("see <http://x.example|x.example>", "see http://x.example"),
        ("mail <mailto:a@x.example|a@x.example>", "mail a@x.example"),
        ("in <#C2|general> and <#C3>", "in #general and #C3"),
        ("<!here> <!subteam^S1|@ops> <!date^1^{date}|today>", "@here @ops today"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt; &nbsp;", "1 < 2 && 3 > 2 &lt; &nbsp;"),
        ("a\x00b \ud800", "a\ufffdb \ufffd"),
        ("<@UMARU> 배포를 롤백하려면?", "배포를 롤백하려면?"),
    ],
)
def test_markup_becomes_plain_words(slack: str, words: str) -> None:
    assert heard({"type": "app_mention", "text": slack}).text == words


def test_before_its_own_id_is_known_a_leading_mention_is_taken_for_maru() -> None:
    parsed = parse_event(envelope({"type": "app_mention", "text": "<@UMARU> ask <@U3>"}), bot_user=None)
    assert isinstance(parsed, MessageReceived)
    assert parsed.text == "ask @U3"


def test_a_very_long_message_is_kept_whole() -> None:
    assert len(heard({"type": "app_mention", "text": "<@UMARU> " + "word " * 8000}).text) == 39_999


FORM = {
    "command": "/maru",
    "text": "kb add Deploys &amp; rollbacks",
    "team_id": "T1",
    "channel_id": "C1",
    "user_id": "U2",
    "trigger_id": "13.37.abc",
    "response_url": "https://hooks.slack.com/commands/T1/1/x",
}


def test_a_slash_command_is_named_by_its_trigger() -> None:
    assert parse_command(FORM) == CommandReceived(
        event_id="slack:13.37.abc",
        message_key="slack:T1:C1:13.37.abc",
        conversation="slack:T1/C1/command/U2",
        person="slack:T1/U2",
        address=Address(
            platform=Platform.SLACK, channel="C1", team="T1", response_url=FORM["response_url"], direct=True
        ),
        text="kb add Deploys & rollbacks",
    )


@pytest.mark.parametrize("missing", ["team_id", "channel_id", "user_id", "trigger_id", "response_url"])
def test_a_slash_command_without_an_id_is_malformed(missing: str) -> None:
    assert parse_command({**FORM, missing: ""}) == Ignored("malformed")
