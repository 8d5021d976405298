"""`Library`: a document is replaced whole, the sample goes when the first real one comes, embeddings follow."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.domain.conversation import WORKSPACE, PersonId, Space
from bot.domain.documents import Chunk, ChunkId, Document, DocumentId, DocumentSummary, LibraryCounts
from tests.contract.conftest import MODEL, Storage

SPACES = (WORKSPACE,)
PRIVATE = Space("person:slack:T1/U1")


def document(source: str, *, digest: str = "d1", sample: bool = False, space: Space = WORKSPACE) -> Document:
    return Document(source, f"Title of {source}", "text", digest, space=space, owner=PersonId("p"), sample=sample)


def chunks(*texts: str) -> list[Chunk]:
    return [Chunk(("Title", f"Part {number}"), text, tuple(text.split())) for number, text in enumerate(texts, start=1)]


def sources(storage: Storage) -> list[str]:
    return [one.source for one in storage.library.documents(SPACES)]


class TestReplace:
    def test_a_new_document_is_there_whole(self, storage: Storage) -> None:
        number = storage.library.replace(document("a.md"), chunks("one two", "three"))
        assert storage.library.documents(SPACES) == [DocumentSummary(number, "a.md", "Title of a.md", 2, False)]
        assert storage.library.digest("a.md", WORKSPACE) == "d1"
        assert storage.library.counts(MODEL) == LibraryCounts(documents=1, chunks=2, unembedded=2)

    def test_the_same_source_is_replaced_with_its_chunks_and_keeps_its_number(self, storage: Storage) -> None:
        first = storage.library.replace(document("a.md"), chunks("old words", "more"))
        second = storage.library.replace(document("a.md", digest="d2"), chunks("new words"))
        assert first == second
        assert storage.library.digest("a.md", WORKSPACE) == "d2"
        assert storage.library.counts(MODEL) == LibraryCounts(documents=1, chunks=1, unembedded=1)
        assert storage.index.search(terms=["old"], vector=None, spaces=SPACES, limit=5).passages == ()

    def test_the_same_source_in_another_space_is_another_document(self, storage: Storage) -> None:
        storage.library.replace(document("a.md"), chunks("one"))
        storage.library.replace(document("a.md", digest="d2", space=PRIVATE), chunks("two"))
        assert storage.library.digest("a.md", WORKSPACE) == "d1"
        assert storage.library.digest("a.md", PRIVATE) == "d2"

    def test_what_is_not_there_has_no_digest(self, storage: Storage) -> None:
        assert storage.library.digest("a.md", WORKSPACE) is None

    def test_a_document_without_chunks_is_kept(self, storage: Storage) -> None:
        storage.library.replace(document("a.md"), [])
        assert storage.library.counts(MODEL) == LibraryCounts(documents=1, chunks=0, unembedded=0)

    def test_chunks_without_terms_and_any_characters_are_kept(self, storage: Storage) -> None:
        odd = Chunk(('제목 › "x" {},\\', ""), "\U0001f600 NULL {} \\N %s", ())
        storage.library.replace(document("a.md"), [odd])
        ((_, text),) = storage.library.unembedded(model=MODEL, limit=5)
        assert text == '제목 › "x" {},\\ › \n\U0001f600 NULL {} \\N %s'

    def test_a_search_tells_the_page_of_what_it_found(self, storage: Storage) -> None:
        pages = [Chunk(("Title",), "one", ("one",), page=12), Chunk(("Title",), "two", ("two",))]
        storage.library.replace(document("a.pdf"), pages)
        found = storage.index.search(terms=["one", "two"], vector=None, spaces=SPACES, limit=5).passages
        assert {passage.text: passage.page for passage in found} == {"one": 12, "two": None}

    def test_four_indexers_at_once_with_common_words(self, storage: Storage) -> None:
        def index(number: int) -> None:
            for turn in range(5):
                storage.library.replace(
                    document(f"{number % 2}.md", digest=f"{turn}"),
                    chunks(*(f"common {word} words" for word in "abcdef")),
                )

        with ThreadPoolExecutor(4) as indexers:
            list(indexers.map(index, range(4)))
        assert storage.library.counts(MODEL) == LibraryCounts(documents=2, chunks=12, unembedded=12)


class TestSample:
    def test_the_first_real_document_removes_the_sample(self, storage: Storage) -> None:
        for name in ("s1.md", "s2.md"):
            storage.library.replace(document(name, sample=True), chunks("sample"))
        storage.library.replace(document("real.md"), chunks("real"))
        assert sources(storage) == ["real.md"]
        assert storage.library.counts(MODEL).chunks == 1

    def test_a_sample_removes_nothing(self, storage: Storage) -> None:
        storage.library.replace(document("real.md"), chunks("real"))
        storage.library.replace(document("s1.md", sample=True), chunks("sample"))
        assert sorted(sources(storage)) == ["real.md", "s1.md"]

    def test_a_real_document_may_take_a_samples_place(self, storage: Storage) -> None:
        storage.library.replace(document("deploys.md", sample=True), chunks("sample"))
        storage.library.replace(document("other.md", sample=True), chunks("sample"))
        storage.library.replace(document("deploys.md", digest="d2"), chunks("real"))
        assert [(one.source, one.sample, one.chunks) for one in storage.library.documents(SPACES)] == [
            ("deploys.md", False, 1)
        ]


class TestDocuments:
    def test_newest_first_and_a_replaced_one_is_new(self, storage: Storage) -> None:
        for name in ("a.md", "b.md"):
            storage.library.replace(document(name), chunks("one"))
        assert sources(storage) == ["b.md", "a.md"]
        storage.library.replace(document("a.md", digest="d2"), chunks("one"))
        assert sources(storage) == ["a.md", "b.md"]

    def test_no_more_than_asked_for_and_how_many_there_are(self, storage: Storage) -> None:
        for name in ("a.md", "b.md", "c.md"):
            storage.library.replace(document(name), chunks("one"))
        storage.library.replace(document("d.md", space=PRIVATE), chunks("one"))
        assert [one.source for one in storage.library.documents(SPACES, limit=2)] == ["c.md", "b.md"]
        assert [storage.library.how_many(spaces) for spaces in (SPACES, (WORKSPACE, PRIVATE), ())] == [3, 4, 0]

    def test_only_those_of_the_given_spaces(self, storage: Storage) -> None:
        storage.library.replace(document("a.md", space=PRIVATE), chunks("one"))
        assert storage.library.documents(SPACES) == []
        assert storage.library.documents(()) == []
        assert len(storage.library.documents((WORKSPACE, PRIVATE))) == 1


class TestRemove:
    def test_it_is_gone_with_its_chunks(self, storage: Storage) -> None:
        number = storage.library.replace(document("a.md"), chunks("one", "two"))
        assert storage.library.remove(number, SPACES) == DocumentSummary(number, "a.md", "Title of a.md", 2, False)
        assert storage.library.counts(MODEL) == LibraryCounts(documents=0, chunks=0, unembedded=0)
        assert storage.library.remove(number, SPACES) is None

    def test_a_document_of_another_space_is_not_there(self, storage: Storage) -> None:
        number = storage.library.replace(document("a.md", space=PRIVATE), chunks("one"))
        assert storage.library.remove(number, SPACES) is None
        assert storage.library.counts(MODEL).documents == 1

    def test_an_unknown_number_is_none(self, storage: Storage) -> None:
        assert storage.library.remove(DocumentId(10**15), SPACES) is None


class TestEmbeddings:
    def test_chunks_wait_oldest_first_with_title_path_and_text(self, storage: Storage) -> None:
        storage.library.replace(document("a.md"), chunks("one", "two", "three"))
        waiting = storage.library.unembedded(model=MODEL, limit=2)
        assert [text for _, text in waiting] == ["Title › Part 1\none", "Title › Part 2\ntwo"]

    def test_what_is_embedded_waits_no_more(self, storage: Storage) -> None:
        storage.library.replace(document("a.md"), chunks("one", "two"))
        (first, _), (second, _) = storage.library.unembedded(model=MODEL, limit=5)
        storage.library.set_embeddings(MODEL, [(first, (1.0, 0.0))])
        assert storage.library.counts(MODEL).unembedded == 1
        assert [chunk for chunk, _ in storage.library.unembedded(model=MODEL, limit=5)] == [second]

    def test_another_models_embedding_does_not_count(self, storage: Storage) -> None:
        storage.library.replace(document("a.md"), chunks("one"))
        ((chunk, _),) = storage.library.unembedded(model=MODEL, limit=5)
        storage.library.set_embeddings(MODEL, [(chunk, (1.0, 0.0))])
        assert [one for one, _ in storage.library.unembedded(model="model-b", limit=5)] == [chunk]

    @pytest.mark.parametrize("other", ["a model before it", "zzz, one after it"])
    def test_after_a_change_of_model_everything_waits(self, storage: Storage, other: str) -> None:
        storage.library.replace(document("a.md"), chunks("one", "two", "three"))
        (first, _), (second, _), _ = storage.library.unembedded(model=MODEL, limit=5)
        storage.library.set_embeddings(MODEL, [(first, (1.0, 0.0)), (second, (0.0, 1.0))])
        assert storage.library.counts(MODEL).unembedded == 1
        assert storage.library.counts(other).unembedded == 3

    def test_whether_anything_waits_depends_on_the_model(self, storage: Storage) -> None:
        assert not storage.library.waits(MODEL)
        storage.library.replace(document("a.md"), chunks("one"))
        assert storage.library.waits(MODEL)
        ((chunk, _),) = storage.library.unembedded(model=MODEL, limit=5)
        storage.library.set_embeddings(MODEL, [(chunk, (1.0, 0.0))])
        assert not storage.library.waits(MODEL)
        assert storage.library.waits("a model before it")
        assert storage.library.waits("zzz, one after it")

    def test_a_text_that_the_model_refused_waits_for_another_model_only(self, storage: Storage) -> None:
        storage.library.replace(document("a.md"), chunks("one"))
        ((chunk, _),) = storage.library.unembedded(model=MODEL, limit=5)
        storage.library.set_embeddings(MODEL, [(chunk, None)])
        assert storage.library.unembedded(model=MODEL, limit=5) == []
        assert storage.library.counts(MODEL).unembedded == 0
        found = storage.index.search(terms=["one"], vector=(1.0, 0.0), spaces=SPACES, limit=5)
        assert [(passage.text, passage.dense) for passage in found.passages] == [("one", 0.0)]
        assert storage.library.waits("model-b")

    def test_chunks_that_were_removed_meanwhile_are_passed_over(self, storage: Storage) -> None:
        storage.library.replace(document("a.md"), chunks("one"))
        ((chunk, _),) = storage.library.unembedded(model=MODEL, limit=5)
        storage.library.set_embeddings(MODEL, [(ChunkId(10**12), (1.0, 0.0)), (chunk, (0.0, 1.0))])
        assert storage.library.counts(MODEL).unembedded == 0

    def test_a_replaced_document_waits_again(self, storage: Storage) -> None:
        storage.library.replace(document("a.md"), chunks("one"))
        ((chunk, _),) = storage.library.unembedded(model=MODEL, limit=5)
        storage.library.set_embeddings(MODEL, [(chunk, (1.0, 0.0))])
        storage.library.replace(document("a.md", digest="d2"), chunks("one"))
        assert storage.library.counts(MODEL).unembedded == 1

    def test_none_at_all_is_fine(self, storage: Storage) -> None:
        storage.library.set_embeddings(MODEL, [])
        assert storage.library.unembedded(model=MODEL, limit=5) == []
