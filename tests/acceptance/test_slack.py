"""What people get in Slack, over HTTP."""

import pytest

from tests.acceptance.house import House
from tests.acceptance.seen import SlackScreen
from tests.standins.slack import TEAM, signed

pytestmark = pytest.mark.acceptance


def test_a_mention_is_answered_once_in_its_thread(maru: House, slack: SlackScreen) -> None:
    said = slack.platform.mention("how do I roll back a deploy?", channel="C10")

    with maru.frozen("encoder"):  # an answer within 0.3 s needs no sign
        assert maru.slack(said) == 200
        slack.wait_eyes(said)
    slack.wait("C10")
    maru.at_rest()

    (post,) = slack.posts("C10")
    assert post["thread_ts"] == said["event"]["ts"]
    assert "`shipctl rollback web --to previous`" in post["text"] or "shipctl rollback web" in post["text"]
    assert post["text"].endswith("[1] Deploys › Rolling back a deploy — en/deploys.md")
    assert (post["unfurl_links"], post["unfurl_media"], post["link_names"]) == (False, False, False)


def test_a_follow_up_in_the_thread_is_understood(maru: House, slack: SlackScreen) -> None:
    first = slack.platform.mention("배포를 롤백하려면?", channel="C11")
    assert maru.slack(first) == 200
    slack.wait("C11")

    more = slack.platform.mention("스테이징은요?", channel="C11", thread_ts=first["event"]["ts"])
    assert maru.slack(more) == 200

    post = slack.wait("C11", 2)[1]
    assert post["thread_ts"] == first["event"]["ts"]
    assert "stagectl reset web --to main" in post["text"]


def test_a_direct_message_is_answered_where_it_was_said(maru: House, slack: SlackScreen) -> None:
    assert maru.slack(slack.platform.direct("호텔은 하루 얼마까지 되나요?", channel="D10")) == 200

    (post,) = slack.wait("D10")
    assert "180,000원" in post["text"]
    assert post.get("thread_ts") is None


def test_redelivered_events_and_twins_of_one_message_get_one_reply(maru: House, slack: SlackScreen) -> None:
    said = slack.platform.mention("when is the on-call hand-over?", channel="C12")
    twin = {**said, "event_id": "EvTWIN12", "event": {**said["event"], "type": "message", "channel_type": "channel"}}
    for number in ("1", "2"):
        again = {"x-slack-retry-num": number, "x-slack-retry-reason": "http_timeout"}
        assert maru.slack(said, headers=again) == 200
    assert maru.slack(twin) == 200
    slack.wait("C12")
    assert maru.slack(said, headers={"x-slack-retry-num": "3", "x-slack-retry-reason": "http_error"}) == 200
    maru.at_rest()

    assert len(slack.posts("C12")) == 1
    assert maru.rows("SELECT count(*) FROM inbox WHERE event->'address'->>'channel' = 'C12'") == [(1,)]


@pytest.mark.parametrize(
    ("user", "channel", "shown"),
    [("UGUEST", "C13", f"slack:{TEAM}/UGUEST"), ("USTRANGER", "C14", "slack:T9/USTRANGER")],
)
@pytest.mark.parametrize("question", ["how do I roll back a deploy?", "hi", "/maru kb list"])
def test_who_is_no_member_gets_one_fixed_sentence(
    maru: House, slack: SlackScreen, user: str, channel: str, shown: str, question: str
) -> None:
    before = len(slack.posts(channel))
    said = slack.platform.mention(question, user=user, channel=channel)
    if user == "USTRANGER":
        said["event"]["user_team"] = said["event"]["team"] = "T9"

    assert maru.slack(said) == 200

    post = slack.wait(channel, before + 1)[-1]
    sentence = f"I only talk to people I know: please ask an administrator to admit {shown}."
    assert post["text"] == f"{sentence} (관리자에게 {shown} 등록을 요청해 주세요.)"
    assert (channel, said["event"]["ts"], "eyes") not in slack.platform.reactions
    assert (False, "speak") in maru.rows("SELECT allowed, action FROM audit WHERE person = %s", shown)


def test_a_pressed_why_is_answered_in_the_thread_to_who_asked(maru: House, slack: SlackScreen) -> None:
    said = slack.platform.mention("how do I roll back a deploy?", channel="C19", user="U1")
    assert maru.slack(said) == 200
    (post,) = slack.wait("C19")

    assert maru.slack(slack.platform.press(post, "Why?", user="U1")) == 200
    told = slack.wait("C19", 2)[1]
    assert told["text"].startswith("*How this answer came about* (reference ")
    assert "en/deploys.md › Deploys › Rolling back a deploy" in told["text"]
    assert told["thread_ts"] == said["event"]["ts"]

    assert maru.slack(slack.platform.press(post, "Why?", user="U3")) == 200
    assert slack.wait("C19", 3)[2]["text"].startswith("Only who asked can see")
    assert maru.slack(slack.platform.press(post, "Why?", user="UGUEST")) == 200
    assert slack.wait("C19", 4)[3]["text"].startswith("I only talk to people I know")


def test_a_guest_may_not_use_commands_either(maru: House, slack: SlackScreen) -> None:
    command = slack.platform.command("kb list", user="UGUEST")

    assert maru.slack(command) == 200

    assert slack.wait_response(command)["text"].startswith("I only talk to people I know")


def test_an_empty_mention_gets_a_hint(maru: House, slack: SlackScreen) -> None:
    assert maru.slack(slack.platform.mention("", channel="C15")) == 200

    (post,) = slack.wait("C15")
    assert post["text"].startswith("I'm here. What would you like to know?")


def test_a_message_of_40_000_characters_is_refused_politely(maru: House, slack: SlackScreen) -> None:
    assert maru.slack(slack.platform.mention("why? " * 8_000, channel="C16")) == 200

    (post,) = slack.wait("C16")
    assert post["text"].startswith("That message is too long for me (39999 characters; I read up to 4000).")


def test_what_would_do_harm_in_a_document_is_shown_and_does_nothing(maru: House, slack: SlackScreen) -> None:
    note = slack.platform.command(
        "kb add 나팔꽃 물주기: &lt;!channel&gt; &lt;@U1&gt; <!here> <b>굵게</b> &amp;amp; "
        "[은행](https://evil.example/login) <https://evil.example|우리 은행> 나팔꽃은 아침에 물을 줍니다.",
        user="U2",
    )
    assert maru.slack(note) == 200
    assert slack.wait_response(note)["text"].startswith("배웠어요: “")

    assert maru.slack(slack.platform.mention("나팔꽃은 언제 물을 주나요? <!channel>", channel="C17")) == 200

    (post,) = slack.wait("C17")
    assert "아침에 물을 줍니다" in post["text"]
    assert "&lt;!channel&gt;" in post["text"]
    assert "은행 (https://evil.example" in post["text"]
    assert "<" not in post["text"]


def test_messages_by_bots_and_by_maru_itself_are_ignored(maru: House, slack: SlackScreen) -> None:
    by_bot = slack.platform.mention("how do I roll back a deploy?", channel="C18")
    by_bot["event"]["bot_id"] = "BOTHER"
    by_maru = slack.platform.mention("how do I roll back a deploy?", user="UMARU", channel="C18")
    edited = slack.platform.direct("hi", channel="D18")
    edited["event"]["subtype"] = "message_changed"

    assert [maru.slack(one) for one in (by_bot, by_maru, edited)] == [200, 200, 200]

    kept = "SELECT count(*) FROM inbox WHERE event->'address'->>'channel' IN ('C18', 'D18')"
    assert maru.rows(kept) == [(0,)]


class TestBadInput:
    """What is refused leaves nothing behind."""

    @pytest.fixture(autouse=True)
    def _nothing_is_kept(self, maru: House) -> object:
        maru.at_rest()
        before = maru.rows("SELECT count(*) FROM inbox")
        yield
        assert maru.rows("SELECT count(*) FROM inbox") == before

    @pytest.mark.parametrize("stamp", [1_700_000_000, "soon", "", "1e9", "١٢٣"])
    def test_a_stale_or_unreadable_timestamp(self, maru: House, slack: SlackScreen, stamp: int | str) -> None:
        headers, body = signed(slack.platform.mention("hi", channel="C20"), timestamp=stamp)
        raw = {name: value.encode() for name, value in headers.items()}

        assert maru.post("/slack/events", body, headers=raw).status_code == 401  # type: ignore[arg-type]

    @pytest.mark.parametrize("signature", ["v0=" + "0" * 64, "", "v0=ümlaut"])
    def test_a_wrong_signature(self, maru: House, slack: SlackScreen, signature: str) -> None:
        headers, body = signed(slack.platform.mention("hi", channel="C20"))
        raw = {name: value.encode() for name, value in {**headers, "x-slack-signature": signature}.items()}

        assert maru.post("/slack/events", body, headers=raw).status_code == 401  # type: ignore[arg-type]

    def test_another_secret(self, maru: House, slack: SlackScreen) -> None:
        headers, body = signed(slack.platform.mention("hi", channel="C20"), "another secret")

        assert maru.post("/slack/events", body, headers=headers).status_code == 401

    @pytest.mark.parametrize("body", ["{", "[1]", '{"type":"event_callback","event":7}', '"x"', "", "[" * 100_000])
    def test_a_signed_body_that_is_no_event(self, maru: House, body: str) -> None:
        assert maru.slack(body) == 400

    def test_more_than_a_megabyte(self, maru: House, slack: SlackScreen) -> None:
        assert maru.slack(slack.platform.mention("x" * 1_100_000, channel="C20")) == 413

    def test_an_unknown_event_type_is_accepted_and_counted(self, maru: House, slack: SlackScreen) -> None:
        said = slack.platform.mention("hi", channel="C20")
        said["event"]["type"] = "app_home_opened"

        assert maru.slack(said) == 200
        assert maru.slack({"type": "something_new"}) == 200
        counted = 'maru_gateway_events_total{gateway="slack",outcome="ignored_unknown_event"}'
        assert counted in maru.get("/metrics").text

    def test_the_handshake_is_answered(self, maru: House) -> None:
        headers, body = signed({"type": "url_verification", "challenge": "abc", "token": "legacy"})

        answer = maru.post("/slack/events", body, headers=headers)

        assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})
