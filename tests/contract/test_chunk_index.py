"""`ChunkIndex`: by words, by meaning, and the union; nothing outside the given spaces."""

from math import log

import pytest

from bot.domain.conversation import WORKSPACE, PersonId, Space
from bot.domain.documents import Chunk, Document, Vector
from bot.ports.chunk_index import Candidates
from tests.contract.conftest import MODEL, Storage

SPACES = (WORKSPACE,)
PRIVATE = Space("channel:C1")

ROLLBACK = "deploy rollback command deploy"
FRIDAY = "deploy friday freeze"
HOTEL = "hotel limit"
SECRET = "deploy secret"
HALF = (0.6, 0.8, 0.0)
"""A direction whose cosine with the first axis is 0.6."""


def keep(storage: Storage, *texts: str, source: str = "a.md", space: Space = WORKSPACE, sample: bool = False) -> None:
    pieces = [Chunk(("Title", text.split()[0]), text, tuple(text.split())) for text in texts]
    storage.library.replace(Document(source, "Title", "", "d", space=space, sample=sample), pieces)


def embed(storage: Storage, vectors: dict[str, Vector], *, model: str = MODEL) -> None:
    waiting = storage.library.unembedded(model=model, limit=100)
    found = [(chunk, vectors[text.partition("\n")[2]]) for chunk, text in waiting if text.partition("\n")[2] in vectors]
    storage.library.set_embeddings(model, found)


def search(storage: Storage, terms: str = "", vector: Vector | None = None, *, limit: int = 10) -> Candidates:
    return storage.index.search(terms=terms.split(), vector=vector, spaces=SPACES, limit=limit)


def texts(found: Candidates) -> set[str]:
    return {passage.text for passage in found.passages}


class TestByWords:
    def test_chunks_that_share_a_term_with_bm25(self, storage: Storage) -> None:
        keep(storage, ROLLBACK, FRIDAY, HOTEL)
        found = search(storage, "deploy rollback")
        scores = {passage.text: passage.lexical for passage in found.passages}
        # 3 chunks of 4, 3 and 2 terms: the average is 3. "deploy" is in two of them, "rollback" in one. Fewer than 20
        # chunks count as 20.
        deploy, rollback = log(1 + 18.5 / 2.5), log(1 + 19.5 / 1.5)
        longer, average = 1.2 * (0.25 + 0.75 * 4 / 3), 1.2
        assert scores == {
            ROLLBACK: pytest.approx(deploy * 2 * 2.2 / (2 + longer) + rollback * 2.2 / (1 + longer)),
            FRIDAY: pytest.approx(deploy * 2.2 / (1 + average)),
        }
        assert found.idf == {"deploy": pytest.approx(deploy), "rollback": pytest.approx(rollback)}

    def test_each_passage_says_which_terms_it_has(self, storage: Storage) -> None:
        keep(storage, ROLLBACK, FRIDAY)
        found = search(storage, "deploy rollback nowhere")
        matched = {passage.text: terms for passage, terms in zip(found.passages, found.matched, strict=True)}
        assert matched == {ROLLBACK: {"deploy", "rollback"}, FRIDAY: {"deploy"}}

    def test_an_unknown_term_has_the_largest_idf(self, storage: Storage) -> None:
        keep(storage, ROLLBACK, FRIDAY, HOTEL)
        found = search(storage, "deploy rollback nowhere")
        assert found.idf["nowhere"] == pytest.approx(log(1 + 20.5 / 0.5))
        assert found.idf["nowhere"] == max(found.idf.values())

    def test_a_term_that_is_asked_twice_counts_once(self, storage: Storage) -> None:
        keep(storage, ROLLBACK, FRIDAY)
        once, twice = search(storage, "deploy"), search(storage, "deploy deploy")
        assert {one.text: one.lexical for one in once.passages} == {one.text: one.lexical for one in twice.passages}

    def test_korean_terms(self, storage: Storage) -> None:
        keep(storage, "배포 롤백 명령", "휴가 신청")
        assert texts(search(storage, "롤백")) == {"배포 롤백 명령"}

    def test_nothing_in_common_is_nothing_found(self, storage: Storage) -> None:
        keep(storage, ROLLBACK)
        assert search(storage, "zebra") == Candidates((), {}, ())
        assert search(storage) == Candidates((), {}, ())

    def test_the_limit_keeps_the_best(self, storage: Storage) -> None:
        keep(storage, ROLLBACK, FRIDAY, HOTEL)
        assert texts(search(storage, "deploy rollback", limit=1)) == {ROLLBACK}


class TestByMeaning:
    def test_the_nearest_with_their_cosine(self, storage: Storage) -> None:
        keep(storage, ROLLBACK, FRIDAY, HOTEL)
        embed(storage, {ROLLBACK: (1.0, 0.0, 0.0), FRIDAY: HALF, HOTEL: (0.0, 0.0, 1.0)})
        found = search(storage, vector=(1.0, 0.0, 0.0), limit=2)
        assert {one.text: one.dense for one in found.passages} == {
            ROLLBACK: pytest.approx(1.0, abs=1e-3),
            FRIDAY: pytest.approx(0.6, abs=1e-3),
        }
        assert all(one.lexical == 0 for one in found.passages)

    def test_chunks_that_wait_for_their_embedding_are_found_by_words_only(self, storage: Storage) -> None:
        keep(storage, ROLLBACK, FRIDAY)
        embed(storage, {ROLLBACK: (1.0, 0.0, 0.0)})
        assert texts(search(storage, vector=(1.0, 0.0, 0.0))) == {ROLLBACK}
        found = search(storage, "friday", vector=(1.0, 0.0, 0.0))
        assert {one.text: one.dense for one in found.passages}[FRIDAY] == 0

    def test_another_models_vectors_are_never_compared(self, storage: Storage) -> None:
        keep(storage, ROLLBACK, FRIDAY)
        embed(storage, {ROLLBACK: (1.0, 0.0, 0.0)}, model="model-b")
        assert search(storage, vector=(1.0, 0.0, 0.0)).passages == ()

    def test_vectors_of_another_length_are_passed_over(self, storage: Storage) -> None:
        keep(storage, ROLLBACK)
        embed(storage, {ROLLBACK: (1.0, 0.0)})
        assert search(storage, vector=(1.0, 0.0, 0.0)).passages == ()
        assert texts(search(storage, "deploy", vector=(1.0, 0.0, 0.0))) == {ROLLBACK}

    def test_the_size_of_the_embedded_model(self, storage: Storage) -> None:
        keep(storage, ROLLBACK, FRIDAY)
        ones = tuple(1.0 if place == 0 else 0.0 for place in range(384))
        twos = tuple(1.0 if place == 1 else 0.0 for place in range(384))
        embed(storage, {ROLLBACK: ones, FRIDAY: twos})
        found = search(storage, vector=ones, limit=1)
        assert [(one.text, one.dense) for one in found.passages] == [(ROLLBACK, pytest.approx(1.0, abs=1e-3))]


class TestTheUnion:
    def test_both_sides_best_each_with_both_scores(self, storage: Storage) -> None:
        keep(storage, ROLLBACK, FRIDAY, HOTEL)
        embed(storage, {ROLLBACK: HALF, FRIDAY: (0.0, 0.0, 1.0), HOTEL: (1.0, 0.0, 0.0)})
        found = search(storage, "rollback", vector=(1.0, 0.0, 0.0), limit=1)
        scores = {one.text: (one.lexical > 0, one.dense) for one in found.passages}
        assert scores == {ROLLBACK: (True, pytest.approx(0.6, abs=1e-3)), HOTEL: (False, pytest.approx(1.0, abs=1e-3))}
        matched = {one.text: terms for one, terms in zip(found.passages, found.matched, strict=True)}
        assert matched == {ROLLBACK: {"rollback"}, HOTEL: frozenset()}

    def test_a_passage_says_where_it_stands(self, storage: Storage) -> None:
        keep(storage, HOTEL, source="en/expenses.md", sample=True)
        (passage,) = search(storage, "hotel").passages
        assert (passage.source, passage.title_path, passage.sample) == ("en/expenses.md", ("Title", "hotel"), True)
        assert passage.document == storage.library.documents(SPACES)[0].id


class TestSpaces:
    def test_no_space_is_no_row(self, storage: Storage) -> None:
        keep(storage, ROLLBACK)
        embed(storage, {ROLLBACK: (1.0, 0.0, 0.0)})
        found = storage.index.search(terms=["deploy"], vector=(1.0, 0.0, 0.0), spaces=(), limit=5)
        assert found == Candidates((), {}, ())

    def test_other_spaces_are_neither_found_nor_counted(self, storage: Storage) -> None:
        keep(storage, ROLLBACK, FRIDAY, HOTEL)
        embed(storage, {ROLLBACK: HALF})
        before = search(storage, "deploy secret", vector=(1.0, 0.0, 0.0))
        keep(storage, SECRET, source="b.md", space=PRIVATE)
        embed(storage, {SECRET: (1.0, 0.0, 0.0)})
        after = search(storage, "deploy secret", vector=(1.0, 0.0, 0.0))
        assert SECRET not in texts(after)
        assert after.idf == before.idf, "not even how rare a word is tells of a document that one may not read"
        both = storage.index.search(terms=["secret"], vector=None, spaces=(WORKSPACE, PRIVATE), limit=5)
        assert texts(both) == {SECRET}

    def test_scores_are_the_same_after_documents_came_and_went(self, storage: Storage) -> None:
        keep(storage, SECRET, source="sample.md", sample=True)
        keep(storage, HOTEL, HOTEL, source="b.md")
        keep(storage, ROLLBACK, source="a.md")
        storage.library.remove(storage.library.documents(SPACES)[1].id, SPACES)
        keep(storage, *[f"deploy number {number}" for number in range(30)], source="a.md")
        found = search(storage, "deploy number 7")
        best = max(found.passages, key=lambda one: one.lexical)
        common, rare = log(1 + 0.5 / 30.5), log(1 + 29.5 / 1.5)
        assert found.idf == {
            word: pytest.approx(idf) for word, idf in [("deploy", common), ("number", common), ("7", rare)]
        }
        assert (best.text, best.lexical) == ("deploy number 7", pytest.approx(2 * common + rare))
        assert storage.library.counts(MODEL).chunks == 30

    def test_a_removed_document_is_found_no_more(self, storage: Storage) -> None:
        keep(storage, ROLLBACK)
        embed(storage, {ROLLBACK: (1.0, 0.0, 0.0)})
        storage.library.remove(storage.library.documents(SPACES)[0].id, SPACES)
        assert search(storage, "deploy", vector=(1.0, 0.0, 0.0)).passages == ()


def test_a_passage_knows_when_its_document_came_and_whose_it_is(storage: Storage) -> None:
    owner = PersonId("telegram:7")
    chunk = Chunk(("Title",), HOTEL, ("hotel", "limit"))
    storage.library.replace(Document("a.md", "Title", "", "d", owner=owner), [chunk])
    (one,) = search(storage, "hotel").passages
    assert one.owner == owner
    assert one.dated is not None
    storage.library.replace(Document("a.md", "Title", "", "e"), [chunk])
    (later,) = search(storage, "hotel").passages
    assert later.owner is None
    assert later.dated is not None
    assert later.dated >= one.dated
