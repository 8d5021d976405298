"""A house with a small and a large model: the larger one is asked at a person's wish, and the pair is kept."""

import re
from collections.abc import Iterator

import pytest

from tests.acceptance import house
from tests.acceptance.house import HANDBOOK, House
from tests.acceptance.models import QUESTION, SUPPORTED
from tests.acceptance.seen import SlackScreen
from tests.standins.slack import BOT_TOKEN, SECRET, SlackStandIn
from tests.standins.slack_blocks import buttons_in
from tests.standins.tgi import TgiStandIn

pytestmark = pytest.mark.acceptance

BETTER = "Use `shipctl rollback web --to previous` to roll back a production deploy. [1]"

CATALOGUE = """
[[model]]
name = "{size}-model"
kind = "tgi"
urls = ["{url}"]
size = "{size}"
tasks = ["chat", "answer"]
usd_per_million_input = {usd}
usd_per_million_output = {usd}
"""


@pytest.fixture(scope="module")
def workspace() -> Iterator[SlackScreen]:
    with SlackStandIn() as stand_in:
        yield SlackScreen(stand_in)
        assert stand_in.refusals == []


@pytest.fixture(scope="module")
def two_models(maru: House, workspace: SlackScreen) -> Iterator[House]:
    """A Maru with two models, both TGI stand-ins. It shares the encoder."""
    with (
        TgiStandIn(reply=lambda _: SUPPORTED) as small,
        TgiStandIn(reply=lambda _: BETTER) as large,
        house.new_home() as home,
    ):
        catalogue = home / "models.toml"
        entries = (("small", small.url, 0.1), ("large", large.url, 2.5))
        catalogue.write_text("".join(CATALOGUE.format(size=size, url=url, usd=usd) for size, url, usd in entries))
        settings = {
            "MARU_SLACK_BOT_TOKEN": BOT_TOKEN,
            "MARU_SLACK_SIGNING_SECRET": SECRET,
            "MARU_SLACK_API_URL": workspace.platform.api_url,
            "MARU_MODELS_FILE": catalogue,
            "MARU_ENCODER_URL": maru.addresses()["MARU_ENCODER_URL"],
        }
        with house.running(home, **settings) as running:
            added = running.command("kb", "add", str(HANDBOOK / "en" / "deploys.md"))
            assert added.returncode == 0, added.stderr
            yield running


def test_the_bigger_model_answers_the_same_question_in_the_same_thread(
    two_models: House, workspace: SlackScreen
) -> None:
    said = workspace.platform.mention(QUESTION, channel="C1")
    assert two_models.slack(said) == 200
    (first,) = workspace.wait("C1")
    assert first["text"].startswith(f"{SUPPORTED}\n\n")
    assert [one["text"]["text"] for one in buttons_in(first["blocks"])] == ["Why?", "Ask the bigger model", "👍", "👎"]

    press = workspace.platform.press(first, "Ask the bigger model", user="U3")
    assert [two_models.slack(press) for _ in range(2)] == [200, 200]

    second = workspace.wait("C1", 2)[1]
    assert second["text"].startswith(f"{BETTER}\n\n")
    assert second["thread_ts"] == first["thread_ts"]
    assert [one["text"]["text"] for one in buttons_in(second["blocks"])] == ["Why?", "👍", "👎"]
    two_models.at_rest()
    assert len(workspace.posts("C1")) == 2
    assert two_models.rows(
        "SELECT person, question, draft = %s, answer, accepted, draft_receipt #>> '{tries,0,model}' FROM escalation",
        SUPPORTED,
    ) == [("slack:T1/U3", QUESTION, True, BETTER, True, "small-model")]


def test_its_account_names_the_model_the_tokens_and_the_money(two_models: House, workspace: SlackScreen) -> None:
    command = workspace.platform.command("why", user="U3")
    assert two_models.slack(command) == 200

    told = workspace.wait_response(command)["text"]

    assert "model `large-model`: taken, 1 sentence(s) backed by the evidence" in told
    assert re.search(r"`large-model`( on `127\.0\.0\.1:\d+`)? for the answer", told)
    assert "en/deploys.md › Deploys › Rolling back a deploy" in told
    assert "*Tokens*" in told
    assert "*Money*" in told
