"""What people see of what a model wrote: only what the documents back."""

import pytest

from tests.acceptance.house import House, eventually
from tests.acceptance.models import QUESTION, SUPPORTED, WRONG, CommandedModel
from tests.acceptance.seen import SlackScreen

pytestmark = pytest.mark.acceptance

SOURCE = "[1] Deploys › Rolling back a deploy — en/deploys.md"
QUOTE = "This is what the document says"


def answer(house: House, slack: SlackScreen, channel: str) -> str:
    """Ask the question in a new thread and return the reply."""
    before = len(slack.posts(channel))
    assert house.slack(slack.platform.mention(QUESTION, channel=channel)) == 200
    return str(slack.wait(channel, before + 1)[-1]["text"])


def test_a_paraphrase_that_the_document_backs_is_what_people_see(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel
) -> None:
    assert answer(commanded, commanded_slack, "C50") == f"{SUPPORTED}\n\n{SOURCE}"


@pytest.mark.parametrize(
    "draft",
    [
        WRONG,
        "Roll back with `shipctl rollback web --to 2`. [1]",
        "A rollback needs the approval of two reviewers. [1]",
        "Roll back with `rm -rf /` on every host. [1]",
        "Berlin is the capital of Germany. [1]",
        "NOT IN NOTES",
        "<!channel> ",
    ],
)
def test_what_no_document_backs_is_not_sent_and_the_passage_is_quoted(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel, draft: str
) -> None:
    model.say(draft)

    said = answer(commanded, commanded_slack, "C51")

    assert said.startswith(QUOTE)
    assert "takes about 4 minutes" in said
    assert draft not in said
    assert said.endswith(SOURCE)


def test_of_a_mixed_draft_only_the_backed_sentence_is_sent(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel
) -> None:
    model.say("Roll back with `shipctl rollback web --to previous`. The rollback takes about 90 minutes. [1]")

    said = answer(commanded, commanded_slack, "C52")

    assert said.startswith("Roll back with `shipctl rollback web --to previous`. [1]\n")
    assert "90" not in said


@pytest.mark.parametrize("mode", ["overload-sse", "failed-424", "cut", "garbage", "empty", "drop", "starting-503"])
def test_a_failing_model_means_a_quote(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel, mode: str
) -> None:
    model.server.mode = mode  # type: ignore[assignment]

    assert answer(commanded, commanded_slack, "C53").startswith(QUOTE)


def test_a_model_that_is_gone_means_a_quote_until_it_is_back(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel
) -> None:
    model.stop()
    try:
        assert answer(commanded, commanded_slack, "C54").startswith(QUOTE)
        assert "commanded-7b" in commanded.command("status").stdout
        assert commanded.command("doctor").returncode == 1
    finally:
        model.start()

    eventually(lambda: answer(commanded, commanded_slack, "C54").startswith(SUPPORTED), "the model is asked again")
