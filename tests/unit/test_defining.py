"""A question that is nothing but a name goes first to the list that explains it."""

import pytest

from bot.domain.documents import ChunkId, DocumentId, Passage
from bot.retrieval.defining import explained_first

LEVELS = "The levels are:\n\n- SEV1: the shop is down.\n- **SEV2**: a feature is broken.\n- Black Friday: a freeze."
MENTIONED = "Declare a SEV1 with `incident declare`. Note: a SEV1 pages the primary. SEV1: hurry."


def first(question: str, *terms: str, lead: float = 0.1) -> str:
    mentioned, levels = (
        Passage(ChunkId(number), DocumentId(1), "a.md", ("A",), text, False, score=score)
        for number, (text, score) in enumerate([(MENTIONED, 1.0 + lead), (LEVELS, 1.0)])
    )
    return "levels" if explained_first(question, terms, (mentioned, levels))[0].chunk == levels.chunk else "mentioned"


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("what is a SEV1?", ("sev1",)),
        ("What does sev2 mean?", ("sev2", "mean")),
        ("SEV1이 뭐야?", ("sev1",)),
        ("SEV2의 뜻은?", ("sev2",)),
        ("what is Black Friday?", ("black", "friday")),
        ("what is a SEV1 — and SEV2?", ("sev1", "sev2")),
    ],
)
def test_the_explanation_is_first(question: str, terms: tuple[str, ...]) -> None:
    assert first(question, *terms) == "levels"


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("how fast is a SEV1 answered?", ("fast", "sev1", "answer")),
        ("who declares a SEV1?", ("declar", "sev1")),
        ("what pages the primary in a SEV1?", ("page", "primari", "sev1")),
        ("what is a SEV10?", ("sev10",)),
        ("what is black tea?", ("black", "tea")),
        ("what?", ()),
    ],
)
def test_any_other_question_keeps_the_order(question: str, terms: tuple[str, ...]) -> None:
    assert first(question, *terms) == "mentioned"


def test_what_is_far_better_stays_first() -> None:
    assert first("what is a SEV1?", "sev1", lead=0.3) == "mentioned"
