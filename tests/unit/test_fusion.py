"""One order out of two searches, and whether what was found is an answer at all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.documents import ChunkId, DocumentId, Passage
from bot.ports.chunk_index import Candidates
from bot.retrieval.answerable import FEW, FEW_THRESHOLD, answerable, coverage
from bot.retrieval.fusion import fuse


def passage(chunk: int, *, lexical: float = 0.0, dense: float = 0.0) -> Passage:
    return Passage(ChunkId(chunk), DocumentId(1), "a.md", ("A",), f"text {chunk}", False, lexical, dense)


def candidates(*passages: Passage, idf: dict[str, float] | None = None, matched: tuple[str, ...] = ()) -> Candidates:
    terms = [frozenset(words.split()) for words in matched] + [frozenset()] * (len(passages) - len(matched))
    return Candidates(passages, {"deploy": 1.0, "rollback": 3.0} if idf is None else idf, tuple(terms))


def order(found: Candidates) -> list[int]:
    return [one.chunk for one in fuse(found)]


class TestFuse:
    def test_nothing_is_nothing(self) -> None:
        assert fuse(Candidates((), {}, ())) == ()

    def test_more_of_both_is_first(self) -> None:
        assert order(candidates(passage(1, lexical=1, dense=0.2), passage(2, lexical=2, dense=0.8))) == [2, 1]

    def test_words_decide_between_equals_in_meaning_and_meaning_between_equals_in_words(self) -> None:
        assert order(candidates(passage(1, lexical=1, dense=0.5), passage(2, lexical=2, dense=0.5))) == [2, 1]
        assert order(candidates(passage(1, lexical=1, dense=0.4), passage(2, lexical=1, dense=0.5))) == [2, 1]

    def test_one_common_word_leaves_it_to_meaning(self) -> None:
        often, near = passage(1, lexical=2.0, dense=0.80), passage(2, lexical=1.0, dense=0.85)
        assert order(candidates(often, near, idf={"sev1": 1.3})) == [2, 1]
        assert order(candidates(often, passage(2, dense=0.85), idf={"e1042": 4.6})) == [2, 1]
        assert order(candidates(replace(often, lexical=6.0), passage(2, dense=0.85), idf={"e1042": 4.6})) == [1, 2]

    def test_equals_keep_the_order_of_their_numbers(self) -> None:
        assert order(candidates(passage(3), passage(1), passage(2))) == [1, 2, 3]

    def test_a_chunk_that_waits_for_its_embedding_is_not_punished_beyond_the_least(self) -> None:
        found = candidates(passage(1, lexical=2, dense=0.0), passage(2, lexical=1, dense=0.3), passage(3, dense=0.3))
        assert order(found) == [1, 2, 3]

    def test_without_vectors_it_is_bm25s_order(self) -> None:
        assert order(candidates(passage(1, lexical=1), passage(2, lexical=3), passage(3, lexical=2))) == [2, 3, 1]

    def test_without_words_it_is_the_cosines_order(self) -> None:
        assert order(candidates(passage(1, dense=0.1), passage(2, dense=0.9), idf={})) == [2, 1]

    @given(st.lists(st.tuples(st.floats(0, 20), st.floats(-1, 1)), max_size=20))
    def test_every_candidate_once_best_first(self, scores: list[tuple[float, float]]) -> None:
        found = candidates(*[passage(number, lexical=one, dense=two) for number, (one, two) in enumerate(scores)])
        ranked = fuse(found)
        assert sorted(one.chunk for one in ranked) == list(range(len(scores)))
        assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)


class TestCoverage:
    def test_the_share_of_the_telling_terms_by_their_weight(self) -> None:
        one, two = passage(1), passage(2)
        found = candidates(one, two, matched=("rollback", "deploy rollback"))
        assert coverage(one, found) == pytest.approx(0.75)
        assert coverage(two, found) == 1

    def test_terms_that_every_question_has_do_not_count(self) -> None:
        one = passage(1)
        found = candidates(one, idf={"rollback": 3.0, "want": 9.0}, matched=("rollback",))
        assert coverage(one, found) == 1

    def test_a_question_of_nothing_else_is_judged_by_them(self) -> None:
        one = passage(1)
        assert coverage(one, candidates(one, idf={"want": 1.0, "need": 1.0}, matched=("want",))) == pytest.approx(0.5)

    def test_no_terms_or_a_passage_that_is_no_candidate(self) -> None:
        one = passage(1)
        assert coverage(one, candidates(one, idf={})) == 0
        assert coverage(passage(2), candidates(one, matched=("deploy",))) == 0


class TestAnswerable:
    def test_nothing_found_is_no_answer(self) -> None:
        assert not answerable((), Candidates((), {"zebra": 3.0}, ()))

    @pytest.mark.parametrize(
        ("matched", "answered"), [("deploy rollback", True), ("rollback", True), ("deploy", False)]
    )
    def test_in_a_small_library_words_decide(self, matched: str, answered: bool) -> None:
        found = candidates(passage(1, dense=0.9), matched=(matched,))
        assert answerable(fuse(found), found) is answered
        assert (coverage(found.passages[0], found) >= FEW_THRESHOLD) is answered

    def test_in_a_larger_one_the_nearest_must_stand_out(self) -> None:
        def found(nearest: float) -> Candidates:
            others = [passage(number, dense=0.80) for number in range(2, FEW * 3)]
            return candidates(passage(1, dense=nearest), *others, matched=("rollback",))

        assert answerable(fuse(found(0.90)), found(0.90))
        assert not answerable(fuse(found(0.80)), found(0.80))

    def test_full_coverage_is_enough(self) -> None:
        others = [passage(number, dense=0.80) for number in range(2, FEW * 3)]
        found = candidates(passage(1, dense=0.80), *others, matched=("deploy rollback",))
        assert answerable(fuse(found), found)
