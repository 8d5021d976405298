"""The catalogue changes while Maru runs: by its file and by switches from chat, on every worker within seconds."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.house import House, eventually
from tests.acceptance.models import SUPPORTED, CommandedModel
from tests.acceptance.seen import SlackScreen
from tests.acceptance.test_commands import ADMINISTRATOR, MEMBER, answered, audited
from tests.acceptance.test_model import QUOTE, answer

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
