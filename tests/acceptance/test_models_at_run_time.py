"""The catalogue changes while Maru runs: by its file and by switches from chat, on every worker within seconds."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.house import House, eventually
from tests.acceptance.models import SUPPORTED, WRONG, CommandedModel
from tests.acceptance.seen import SlackScreen
from tests.acceptance.test_commands import ADMINISTRATOR, MEMBER, answered, audited
from tests.acceptance.test_model import QUOTE, answer
from tests.standins.tgi import TgiStandIn

pytestmark = pytest.mark.acceptance

LIVE_SECONDS = 5.0


@pytest.fixture
def models_file(commanded: House) -> Iterator[Path]:
    """The catalogue of `commanded`, as it was before and after the test."""
    file = Path(commanded.surroundings["MARU_MODELS_FILE"])
    before = file.read_text(encoding="utf-8")
    yield file
    file.write_text(before, encoding="utf-8")
    time.sleep(LIVE_SECONDS)


def test_a_switch_acts_on_all_workers_within_five_seconds(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel
) -> None:
    for line in ("model disable commanded-7b", "models"):
        assert answered(commanded, commanded_slack, line, user=MEMBER).startswith("Sorry, only administrators")
    said = answered(commanded, commanded_slack, "model disable commanded-7b", user=ADMINISTRATOR)
    assert "is switched off" in said
    try:
        time.sleep(LIVE_SECONDS)
        for _ in range(4):  # two workers answer
            assert answer(commanded, commanded_slack, "C56").startswith(QUOTE)
        listed = answered(commanded, commanded_slack, "models", user=ADMINISTRATOR)
        assert "switched off" in listed
    finally:
        answered(commanded, commanded_slack, "model enable commanded-7b", user=ADMINISTRATOR)
    time.sleep(LIVE_SECONDS)
    for _ in range(4):
        assert answer(commanded, commanded_slack, "C56").startswith(SUPPORTED)
    assert ("model disable", True, "commanded-7b") in audited(commanded, f"slack:T1/{ADMINISTRATOR}")


def test_a_wrong_file_changes_nothing_and_administrators_are_told_even_after_a_restart(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel, models_file: Path
) -> None:
    right = models_file.read_text(encoding="utf-8")
    models_file.write_text(right.replace("gpu_hour_usd = 0.0", ""), encoding="utf-8")

    def told() -> bool:
        return "model without a price" in answered(commanded, commanded_slack, "status", user=ADMINISTRATOR)

    eventually(told, "the status names the mistake", seconds=20)
    time.sleep(LIVE_SECONDS)  # each worker looks for itself
    assert "model without a price" in answered(commanded, commanded_slack, "models", user=ADMINISTRATOR)
    assert answer(commanded, commanded_slack, "C57").startswith(SUPPORTED)
    commanded.kill("worker-dialogue")
    assert answer(commanded, commanded_slack, "C57").startswith(SUPPORTED)
    models_file.write_text(right.replace("commanded-7b", "renamed-7b"), encoding="utf-8")
    time.sleep(LIVE_SECONDS)
    assert not told()
    listed = answered(commanded, commanded_slack, "models", user=ADMINISTRATOR)
    assert "renamed-7b" in listed
    assert "commanded-7b" not in listed
    assert answer(commanded, commanded_slack, "C57").startswith(SUPPORTED)
    (receipt,) = commanded.rows("SELECT receipt->'tries' FROM turn ORDER BY id DESC LIMIT 1")[0]
    assert receipt[0]["model"] == "renamed-7b"


def test_a_new_model_is_tried_in_the_shadow_and_then_on_people(
    commanded: House, commanded_slack: SlackScreen, model: CommandedModel, models_file: Path
) -> None:
    def order(line: str) -> str:
        return answered(commanded, commanded_slack, line, user=ADMINISTRATOR)

    with TgiStandIn(reply=lambda _: WRONG) as server:
        new = model.catalogue.replace("commanded-7b", "new-7b").replace('["chat", "answer"]', '["trial"]')
        new = re.sub(r"http://127\.0\.0\.1:\d+", server.url, new)
        models_file.write_text(models_file.read_text(encoding="utf-8") + new, encoding="utf-8")
        time.sleep(LIVE_SECONDS)
        assert "answers silently beside `commanded-7b` for 100%" in order("model shadow new-7b commanded-7b 100%")
        try:
            time.sleep(LIVE_SECONDS)
            assert answer(commanded, commanded_slack, "C58").startswith(SUPPORTED)
            eventually(lambda: "0/1 accepted, the old one 1/1" in order("models"), "the shadow is judged", seconds=30)
            assert "before `commanded-7b` for 100% of conversations in C58" in order("model canary new-7b C58 100%")
            time.sleep(LIVE_SECONDS)
            asked = server.requests
            assert answer(commanded, commanded_slack, "C58").startswith(SUPPORTED)
            assert answer(commanded, commanded_slack, "C59").startswith(SUPPORTED)
            assert server.requests == asked + 1
            eventually(lambda: "0/2 accepted, the old one 2/2" in order("models"), "the canary is judged", seconds=30)
        finally:
            assert "is over" in order("model settle new-7b")
            time.sleep(LIVE_SECONDS)
