"""Where an answer starts on its ladder, and what its receipt says."""

from collections.abc import Sequence
from typing import Any

import pytest

from bot.domain.documents import Vector
from bot.domain.models import ModelEntry
from bot.ensemble.router import THRESHOLD, explores
from bot.ensemble.starting import started
from integrations.memory.models import ScriptedChatModel
from tests.unit.talking import effort

QUESTION = "how do I roll back a deploy?"
EXPLORED = next(f"question {number}" for number in range(1000) if explores(f"question {number}"))


class Believing:
    """`Router` that believes the same of every question."""

    def __init__(self, *chances: float, threshold: float = THRESHOLD) -> None:
        self.believed, self.threshold = chances, threshold

    def chances(self, question: str, vector: Vector, rungs: Sequence[ModelEntry]) -> tuple[float, ...]:
        """Return what it believes, question or not."""
        assert len(rungs) == len(self.believed), question
        return self.believed


def model(name: str, size: Any = "small") -> ScriptedChatModel:
    return ScriptedChatModel("yes", entry=ModelEntry(name, "openai", ("http://127.0.0.1:9",), name, size=size))


SMALL, LARGE = model("small"), model("large", "large")


def names(question: str, *chances: float, **bounds: Any) -> tuple[list[str | None], list[str]]:
    """Return the models passed over and those to try."""
    skipped, tried = started([SMALL, LARGE], question, (), router=Believing(*chances), effort=effort(**bounds))
    return [one.model for one in skipped], [one.entry.name for one in tried]


def test_a_rung_that_fails_such_questions_is_passed_over_and_the_receipt_says_why() -> None:
    skipped, tried = started([SMALL, LARGE], QUESTION, (), router=Believing(0.12, 0.8), effort=effort())
    assert [one.entry.name for one in tried] == ["large"]
    (line,) = skipped
    assert (line.model, line.accepted, line.tried, line.judged) == ("small", False, False, False)
    assert "12%" in line.why


def test_a_rung_that_is_likely_enough_is_tried_first() -> None:
    assert names(QUESTION, 0.55, 0.9) == ([], ["small", "large"])


def test_the_threshold_of_the_router_decides_where_it_starts() -> None:
    for threshold, first in ((0.5, "small"), (0.7, "large")):
        router = Believing(0.6, 0.9, threshold=threshold)
        _, tried = started([SMALL, LARGE], QUESTION, (), router=router, effort=effort())
        assert tried[0].entry.name == first


def test_where_all_are_unlikely_the_likeliest_is_tried() -> None:
    assert names(QUESTION, 0.1, 0.3) == (["small"], ["large"])
    assert names(QUESTION, 0.3, 0.1) == ([], ["small", "large"])


@pytest.mark.parametrize("bounds", [{"hurried": True}, {"most": "small"}, {"least": "large"}])
def test_a_bound_turn_passes_nothing_over(bounds: dict[str, Any]) -> None:
    assert names(QUESTION, 0.1, 0.9, **bounds) == ([], ["small", "large"])


def test_one_question_in_twenty_starts_at_the_bottom() -> None:
    assert names(EXPLORED, 0.1, 0.9) == ([], ["small", "large"])


def test_a_single_model_is_not_judged_at_all() -> None:
    assert started([SMALL], QUESTION, (), router=Believing(), effort=effort()) == ((), (SMALL,))
