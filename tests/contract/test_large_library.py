"""What the search does differently in a large library, tried on a small one whose limits are smaller still."""

from math import log

import pytest

from bot.domain.conversation import WORKSPACE, Space
from bot.domain.documents import Chunk, Document, Passage, Vector
from integrations.postgres import library as adapter
from integrations.postgres.library import PostgresChunkIndex, PostgresLibrary
from integrations.postgres.pool import Pool
from integrations.postgres.statements import statement

MODEL = "model-a"
OTHER = Space("channel:slack:T1/C1")
COMMON = [f"deploy number{number}" for number in range(30)]
RARE = ["deploy rollback", "rollback"]


def keep(pool: Pool, texts: list[str], *, space: Space = WORKSPACE) -> None:
    chunks = [Chunk(("Title",), text, tuple(text.split())) for text in texts]
    PostgresLibrary(pool).replace(Document("a.md", "Title", "", "d", space=space), chunks)


def embed(pool: Pool, size: int) -> dict[str, Vector]:
    """Give each chunk a direction of its own, nearer and nearer to the first axis."""
    library = PostgresLibrary(pool)
    waiting = library.unembedded(model=MODEL, limit=1000)
    vectors = {
        chunk: tuple(1.0 if place == 0 else float(number) / 10 if place == 1 else 0.0 for place in range(size))
        for number, (chunk, _) in enumerate(waiting)
    }
    library.set_embeddings(MODEL, list(vectors.items()))
    return {text.partition("\n")[2]: vectors[chunk] for chunk, text in waiting}


def found(pool: Pool, words: str, vector: Vector | None = None, *, limit: int = 5) -> list[Passage]:
    index = PostgresChunkIndex(pool, model=MODEL)
    passages = index.search(terms=words.split(), vector=vector, spaces=(WORKSPACE,), limit=limit).passages
    return sorted(passages, key=lambda one: (-one.lexical, -one.dense))


class TestWords:
    @pytest.fixture(autouse=True)
    def _few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(adapter, "_MOST_POSTINGS", 10)

    def test_a_frequent_word_weighs_what_a_rarer_one_found(self, postgres_pool: Pool) -> None:
        keep(postgres_pool, COMMON + RARE)
        scores = {one.text: one.lexical for one in found(postgres_pool, "deploy rollback")}
        deploy, rollback = log(1 + 1.5 / 31.5), log(1 + 30.5 / 2.5)
        length = 63 / 32
        assert scores == {
            "deploy rollback": pytest.approx((deploy + rollback) * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / length))),
            "rollback": pytest.approx(rollback * 2.2 / (1 + 1.2 * (0.25 + 0.75 / length))),
        }

    def test_the_rarest_word_finds_something_however_frequent_it_is(self, postgres_pool: Pool) -> None:
        keep(postgres_pool, COMMON)
        assert len(found(postgres_pool, "deploy")) == 5

    def test_a_word_that_is_nowhere_does_not_take_the_rarest_ones_place(self, postgres_pool: Pool) -> None:
        keep(postgres_pool, COMMON)
        assert len(found(postgres_pool, "deploy nowhere")) == 5


class TestMeaning:
    @pytest.mark.parametrize("size", [3, 384])
    @pytest.mark.parametrize("compared", [0, 1000])
    def test_by_the_index_of_all_or_one_by_one_the_same_is_found(
        self, postgres_pool: Pool, monkeypatch: pytest.MonkeyPatch, size: int, compared: int
    ) -> None:
        monkeypatch.setattr(adapter, "_MOST_COMPARED", compared)
        keep(postgres_pool, ["of another space"] * 3, space=OTHER)
        keep(postgres_pool, COMMON)
        vectors = embed(postgres_pool, size)
        wanted = vectors[COMMON[0]]
        passages = found(postgres_pool, "", wanted)
        assert [one.text for one in passages] == COMMON[:5]
        assert all(one.space == WORKSPACE for one in passages)


def test_under_the_role_terms_and_spaces_stay_conditions_of_the_index(postgres_pool: Pool) -> None:
    keep(postgres_pool, COMMON)
    with postgres_pool.connection() as connection, connection.transaction():
        connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        connection.execute(statement("readable"), {"spaces": [WORKSPACE]})
        rows = connection.execute(
            "EXPLAIN SELECT count FROM posting WHERE term = 7 AND space = ANY ('{1,2}'::int[])"
        ).fetchall()
    plan = "\n".join(row[0] for row in rows)
    assert "Index Only Scan using posting_pkey" in plan
    condition = next(row[0] for row in rows if "Index Cond" in row[0])
    assert "term = 7" in condition
    assert condition.count("space = ANY") == 2, "the question's own and the wall's"
