"""Slash commands in Slack and Telegram: who may do what, and what is written down."""

import re

import pytest

from tests.acceptance.house import House
from tests.acceptance.seen import SlackScreen, TelegramScreen

pytestmark = pytest.mark.acceptance

ADMINISTRATOR, MEMBER = "U2", "U1"


def answered(maru: House, slack: SlackScreen, text: str, *, user: str) -> str:
    """Type `/maru text` and return what the person alone sees."""
    command = slack.platform.command(text, user=user, channel="C30")
    assert maru.slack(command) == 200
    response = slack.wait_response(command)
    assert response["response_type"] == "ephemeral"
    return str(response["text"])


def audited(maru: House, person: str) -> list[tuple[str, bool, str]]:
    """Return what a person tried, oldest first."""
    return maru.rows("SELECT action, allowed, detail FROM audit WHERE person = %s ORDER BY id", person)  # type: ignore[return-value]


@pytest.mark.parametrize("text", ["help", "", "what?", "HELP"])
def test_help_lists_the_commands(maru: House, slack: SlackScreen, text: str) -> None:
    said = answered(maru, slack, text, user=MEMBER)

    for command in ("help", "status", "kb list", "kb add", "kb remove", "people admit", "cost", "quota list"):
        assert f"`/maru {command}" in said


def test_status_shows_every_part_and_the_last_errors(maru: House, slack: SlackScreen) -> None:
    said = answered(maru, slack, "status", user=MEMBER)

    for part in ("Queues", "Workers", "Models", "Documents", "Last errors"):
        assert part in said
    for part in ("Encoder", "Broker"):
        assert re.search(rf"{part}\W+answers", said)
    assert re.search(r"smollm2-135m-instruct:? healthy", said)


def test_a_member_may_look_but_not_change(maru: House, slack: SlackScreen) -> None:
    before = answered(maru, slack, "kb list", user=MEMBER)
    assert "Deploys" in before
    number = re.search(r"`(\d+)` Deploys", before)
    assert number

    for text in ("kb add The moon is made of cheese.", f"kb remove {number[1]}", "people admit 5"):
        assert answered(maru, slack, text, user=MEMBER) == (
            "Sorry, only administrators can do that. This request was noted."
        )

    assert answered(maru, slack, "kb list", user=MEMBER) == before
    assert audited(maru, f"slack:T1/{MEMBER}")[-3:] == [
        ("kb add", False, "The moon is made of cheese."),
        ("kb remove", False, number[1]),
        ("people admit", False, "5"),
    ]


def test_a_refusal_comes_in_the_language_of_the_request(maru: House, slack: SlackScreen) -> None:
    assert answered(maru, slack, "kb add 달은 치즈로 만들어졌다", user=MEMBER).startswith("죄송해요, 관리자만")


def test_an_administrator_teaches_and_makes_forget(maru: House, slack: SlackScreen) -> None:
    note = "The aquarium in the lobby is cleaned every second Friday by the facilities team."
    learned = answered(maru, slack, f"kb add {note}", user=ADMINISTRATOR)
    number = re.search(r"as document `(\d+)` \(1 chunk\)", learned)
    assert number, learned
    assert answered(maru, slack, f"kb add {note}", user=ADMINISTRATOR).startswith("I know that text already")
    assert f"`{number[1]}` The aquarium in the lobby" in answered(maru, slack, "kb list", user=MEMBER)

    question = slack.platform.mention("who cleans the aquarium in the lobby?", channel="C31")
    assert maru.slack(question) == 200
    (post,) = slack.wait("C31")
    assert "facilities team" in post["text"]

    assert answered(maru, slack, f"kb remove {number[1]}", user=ADMINISTRATOR).startswith("Forgot “The aquarium")
    again = answered(maru, slack, f"kb remove {number[1]}", user=ADMINISTRATOR)
    assert again.startswith(f"There is no document {number[1]}:")
    assert answered(maru, slack, "kb remove all", user=ADMINISTRATOR).startswith("Which one?")
    assert "aquarium" not in answered(maru, slack, "kb list", user=MEMBER)
    assert ("kb add", True, note) in audited(maru, f"slack:T1/{ADMINISTRATOR}")
    assert ("kb remove", True, number[1]) in audited(maru, f"slack:T1/{ADMINISTRATOR}")


@pytest.mark.parametrize("text", ["kb add", "kb add    ", "kb add https://example.com/page"])
def test_nothing_to_learn_is_said(maru: House, slack: SlackScreen, text: str) -> None:
    said = answered(maru, slack, text, user=ADMINISTRATOR)

    assert "kb add" in said
    assert "Learned" not in said


def test_a_command_delivered_twice_runs_once(maru: House, slack: SlackScreen) -> None:
    command = slack.platform.command("kb add The fern needs shade.", user=ADMINISTRATOR, channel="C32")

    assert [maru.slack(command), maru.slack(command)] == [200, 200]
    slack.wait_response(command)
    maru.at_rest()

    assert len([one for one in slack.platform.responses if "fern" in one["text"]]) == 1


def test_the_same_commands_in_telegram(maru: House, telegram: TelegramScreen) -> None:
    for text in ("/help", "/status", "/kb list", "/kb add The cactus needs light.", "/kb remove 99999"):
        telegram.platform.private(text, user=43)
    replies = [sent.text for sent in telegram.wait(43, 5)]

    assert "/kb list" in replies[0]
    assert "Queues" in replies[1]
    assert "Deploys" in replies[2]
    assert replies[3:] == ["Sorry, only administrators can do that. This request was noted."] * 2
    assert [row[:2] for row in audited(maru, "telegram:43")] == [("kb add", False), ("kb remove", False)]
