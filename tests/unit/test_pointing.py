"""Which line of a passage answers, and which only leads into a list."""

from bot.domain.account import Account
from bot.domain.documents import ChunkId, DocumentId, Passage
from bot.generation.pointing import LineVectors, Pointer
from integrations.memory.clock import FrozenClock
from integrations.memory.models import HashingEmbedder

EMBEDDER = HashingEmbedder(dimensions=256)


def unanswering(text: str) -> list[str]:
    passage = Passage(ChunkId(1), DocumentId(1), "a.md", ("A",), text, False)
    pointer = Pointer(
        EMBEDDER.embed(["limits"], kind="query")[0], LineVectors(EMBEDDER), account=Account(FrozenClock().monotonic)
    )
    return [line for line, cosine in pointer.near(passage) if cosine == -1.0]


def test_what_leads_into_a_list_answers_nothing() -> None:
    assert unanswering("Budgets end in May. The limits are:\n\n- one\n- two") == ["The limits are:"]
    assert unanswering("한도는 이월되지 않습니다. 인수인계 노트에는 다음 내용을 적습니다.\n\n- 하나\n- 둘") == [
        "인수인계 노트에는 다음 내용을 적습니다."
    ]


def test_the_second_sentence_of_an_item_may() -> None:
    assert unanswering("- SEV1: down. Work starts at once.\n- SEV3: small. 다음 영업일에는 대응을 시작합니다.") == []


def test_nor_does_a_text_without_a_list_lead_anywhere() -> None:
    assert unanswering("One line. 다음 달 25일에 지급됩니다.") == []
