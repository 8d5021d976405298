"""Two documents disagree only where they say the same sentence with other values."""

import re
from collections.abc import Sequence
from typing import Literal

import pytest

from bot.domain.account import Account
from bot.domain.documents import ChunkId, DocumentId, Passage, Vector
from bot.generation.contradicting import Statement, contradiction
from bot.generation.pointing import LineVectors, Pointer
from integrations.memory.clock import FrozenClock
from integrations.memory.models import HashingEmbedder, WordAnalyser

LIMIT = "what is the hotel limit?"


def passage(number: int, text: str, *, title: str = "Expenses", dated: float = 0.0) -> Passage:
    return Passage(ChunkId(number), DocumentId(number), f"{number}.md", (title,), text, False, dated=dated)


class Numberless:
    """An embedder to which lines that differ in values and titles only are equally near, as they nearly are to e5."""

    model, dimensions = "numberless", 256

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> list[Vector]:
        values = r"^Expenses[^:]*: |`[^`]*`|\d[\d,.:]*|May|June|two hundred thousand"
        return HashingEmbedder(dimensions=256).embed([re.sub(values, "", text) for text in texts], kind=kind)


def found(question: str, *passages: Passage) -> tuple[Statement, Statement] | None:
    embedder = Numberless()
    vector = embedder.embed([question], kind="query")[0]
    pointer = Pointer(vector, LineVectors(embedder), account=Account(FrozenClock().monotonic))
    return contradiction(passages, analyser=WordAnalyser(), pointer=pointer)


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (LIMIT, "The hotel limit is 180,000 KRW per night.", "The hotel limit is 200,000 KRW per night."),
        (LIMIT, "- The hotel limit is 180,000 KRW.", "3. The hotel limit is two hundred thousand KRW."),
        (
            "how do I restart the proxy?",
            "To restart the proxy, run `ctl proxy restart`.",
            "To restart the proxy, run `systemctl restart proxy`.",
        ),
        ("when do the applications close?", "Applications close on May 3.", "Applications close on June 3."),
        ("호텔 한도는 얼마야?", "호텔 한도는 18만원입니다.", "호텔 한도는 20만원입니다."),
        ("휴가 신청은 언제 마감해?", "휴가 신청은 3월 5일에 마감합니다.", "휴가 신청은 4월 5일에 마감합니다."),
    ],
)
def test_another_value_in_the_same_words(question: str, one: str, other: str) -> None:
    apart = found(question, passage(1, one, dated=100.0), passage(2, other, dated=200.0))
    assert apart is not None
    assert [said.passage.document for said in apart] == [2, 1], "the newest first"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The hotel limit is 180,000 KRW per night.", "The hotel limit is 180000 KRW per night."),
        ("The hotel limit is 180,000 KRW in Seoul.", "The hotel limit is 200,000 KRW in Tokyo."),
        ("The hotel limit is 180,000 KRW.", "The hotel limit for directors is 300,000 KRW."),
        ("The hotel limit is 180,000 KRW per night.", "The hotel limit is 5 nights a month."),
        ("In 2023 the hotel limit was 180,000 KRW.", "In 2024 the hotel limit was 200,000 KRW."),
        ("The hotel limit is 180,000 KRW.", "The hotel limit is not 200,000 KRW."),
        ("The hotel limit is 180,000 KRW.", "The hotel limit is 180,000 KRW, and 30,000 KRW for breakfast."),
        ("Hotel limit E1042 is fixed.", "Hotel limit E1043 is fixed."),
        ("The hotel limit is high.", "The hotel limit is low."),
        ("The hotel limit is 180,000 KRW.", "The meal limit is 30,000 KRW."),
    ],
)
def test_near_misses_disagree_in_nothing(one: str, other: str) -> None:
    assert found(LIMIT, passage(1, one), passage(2, other)) is None


def test_other_headings_are_another_subject_but_editions_of_one_text_are_not() -> None:
    one, other = "The hotel limit is 180,000 KRW.", "The hotel limit is 200,000 KRW."
    assert found(LIMIT, passage(1, one, title="Korea"), passage(2, other, title="Japan")) is None
    assert (
        found(LIMIT, passage(1, one, title="Expenses 2023"), passage(2, other, title="Expenses 2024 new")) is not None
    )


def test_one_document_does_not_disagree_with_itself() -> None:
    one = passage(1, "The hotel limit is 180,000 KRW.")
    other = Passage(ChunkId(9), DocumentId(1), "1.md", ("Expenses",), "The hotel limit is 200,000 KRW.", False)
    assert found(LIMIT, one, other) is None


def test_lines_that_the_question_is_not_about_may_differ() -> None:
    one = passage(1, "The hotel limit is 180,000 KRW.\n\nThe office closes at 18:00.")
    other = passage(2, "The hotel limit is 180,000 KRW.\n\nThe office closes at 19:00.")
    assert found(LIMIT, one, other) is None
