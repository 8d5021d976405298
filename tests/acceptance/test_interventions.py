"""People change their minds while Maru thinks: as they see it in Slack."""

import pytest

from tests.acceptance.house import House, eventually
from tests.acceptance.models import QUESTION, SUPPORTED, CommandedModel
from tests.acceptance.seen import SlackScreen
from tests.standins.slack_changes import deletion, edit

pytestmark = pytest.mark.acceptance


def test_stop_ends_the_call_at_once_and_says_so(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel
) -> None:
    model.dawdle()
    said = commanded_slack.platform.mention(QUESTION, channel="C80")
    assert commanded.slack(said) == 200
    model.wait_busy()
    cancelled = model.server.cancelled

    stop = commanded_slack.platform.mention("stop", channel="C80", thread_ts=said["event"]["ts"])
    assert commanded.slack(stop) == 200

    eventually(lambda: model.server.cancelled > cancelled, "the call at the model is cancelled", seconds=2)
    (post,) = commanded_slack.wait("C80", seconds=10)
    assert (post["text"], post["thread_ts"]) == ("Stopped.", said["event"]["ts"])
    commanded.at_rest()
    assert len(commanded_slack.posts("C80")) == 1


def test_an_edited_question_is_answered_as_edited(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel
) -> None:
    model.dawdle()
    said = commanded_slack.platform.mention("when is the on-call hand-over?", channel="C81")
    assert commanded.slack(said) == 200
    model.wait_busy()
    model.hurry()

    assert commanded.slack(edit(said, QUESTION)) == 200

    (post,) = commanded_slack.wait("C81", seconds=30)
    assert post["text"].startswith(SUPPORTED)
    commanded.at_rest()
    assert len(commanded_slack.posts("C81")) == 1


def test_a_deleted_question_is_not_answered(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel
) -> None:
    model.dawdle()
    said = commanded_slack.platform.direct(QUESTION, channel="D82")
    assert commanded.slack(said) == 200
    model.wait_busy()
    model.hurry()

    assert commanded.slack(deletion(said)) == 200

    commanded.at_rest()
    assert commanded_slack.posts("D82") == []
