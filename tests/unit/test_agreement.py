"""Drafts that say the same, and drafts that only sound alike; how sure a model was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ensemble.verifiers.agreement import agreed, answer_of, overlap, same, words_of
from bot.ensemble.verifiers.confidence import confident, mean, threshold, unsurest, wilson_lower
from bot.ensemble.verifiers.verdict import Draft
from integrations.memory.models import WordAnalyser

SAME = [
    ("42", "The answer is 42."),
    ("1,200", "1200"),
    ("3.50", "3.5"),
    ("30 minutes", "30 min"),
    ("Paris", "paris."),
    ("The staging server", "staging server"),
    ("Answer: yes", "Yes"),
    ("정답은 42입니다.", "42"),
    ("서울입니다", "서울"),
    ("You can roll back a deploy with shipit rollback.", "Roll back a deploy with shipit rollback."),
    ("The hotel limit is 180,000 won per night.", "Hotels: the limit per night is 180,000 won."),
    ("Ask the security team before you open a port.", "Before opening a port, ask the security team."),
    ("On-call hands over every Monday at ten.", "Every Monday at ten on-call hands over."),
    ("배포를 롤백하려면 shipit rollback 명령을 실행합니다.", "shipit rollback 명령을 실행하면 배포를 롤백합니다."),
]
DIFFERENT = [
    ("42", "The answer is 43."),
    ("Paris", "Lyon"),
    ("yes", "no"),
    ("staging", "production"),
    ("서울", "부산"),
    ("It takes 4 minutes to roll back a deploy with shipit.", "It takes 9 minutes to roll back a deploy with shipit."),
    ("Deploys are frozen on Fridays for every team.", "Ask the team lead before deploying on a Friday."),
    ("Ask the security team before you open a port.", "The platform team restarts the database at night."),
    ("The hotel limit is 180,000 won per night.", "Taxis are paid after ten in the evening."),
    ("휴가는 팀장이 승인합니다.", "경비는 재무팀이 매월 지급합니다."),
]


def terms(text: str) -> frozenset[str]:
    return frozenset(WordAnalyser().analyse([text])[0])


class TestSame:
    @pytest.mark.parametrize(("left", "right"), SAME)
    def test_the_same_in_other_words(self, left: str, right: str) -> None:
        one, other = (answer_of(Draft(text), terms) for text in (left, right))
        assert same(one, other)
        assert same(other, one)

    @pytest.mark.parametrize(("left", "right"), DIFFERENT)
    def test_something_else_in_like_words(self, left: str, right: str) -> None:
        one, other = (answer_of(Draft(text), terms) for text in (left, right))
        assert not same(one, other)
        assert not same(other, one)

    @given(st.text(max_size=80))
    def test_every_draft_agrees_with_itself(self, text: str) -> None:
        assert same(answer_of(Draft(text)), answer_of(Draft(text)))

    @given(st.text(max_size=80), st.text(max_size=80))
    def test_agreeing_is_mutual(self, left: str, right: str) -> None:
        one, other = answer_of(Draft(left)), answer_of(Draft(right))
        assert same(one, other) == same(other, one)
        assert 0.0 <= overlap(words_of(left), words_of(right)) <= 1.0

    def test_most_samples_must_say_what_the_first_says(self) -> None:
        verdict = agreed([Draft("42"), Draft("42."), Draft("43")])
        assert (verdict.accepted, verdict.score) == (True, 2 / 3)
        assert not agreed([Draft("42"), Draft("43"), Draft("43")]).accepted


class TestConfidence:
    def test_the_mean_and_the_least_sure_tenth(self) -> None:
        logprobs = [-0.1] * 18 + [-4.0, -6.0]
        assert mean(logprobs) == pytest.approx(-0.59)
        assert unsurest(logprobs) == -5.0
        assert unsurest([-3.0, -1.0]) == -3.0

    def test_a_threshold_decides(self) -> None:
        sure, unsure = Draft("x", logprobs=(-0.1, -0.1)), Draft("x", logprobs=(-0.1, -3.0))
        verify = confident(-0.5)
        assert [verify(draft).accepted for draft in (sure, unsure)] == [True, False]
        assert verify(sure).score == pytest.approx(0.905, abs=0.001)
        assert not confident(-2.0, by=unsurest)(unsure).accepted

    def test_whoever_asks_for_confidence_does_not_go_without(self) -> None:
        assert not confident(-100.0)(Draft("x")).accepted

    def test_a_threshold_is_found_where_drafts_are_known(self) -> None:
        known = [(-0.1 * n, n < 60) for n in range(100)]
        assert threshold(known, precision=0.9) == pytest.approx(-6.1)
        assert threshold(known, precision=0.95) == pytest.approx(-5.9)

    def test_a_few_right_ones_prove_nothing(self) -> None:
        assert threshold([(-0.1, True)] * 5, precision=0.9) is None
        assert threshold([], precision=0.5) is None

    @given(st.lists(st.tuples(st.sampled_from([-0.1, -0.5, -1.0, -2.0]), st.booleans()), max_size=60))
    def test_what_passes_a_found_threshold_is_right_often_enough(self, known: list[tuple[float, bool]]) -> None:
        found = threshold(known, precision=0.6)
        passing = [right for sure, right in known if found is not None and sure >= found]
        assert found is None or wilson_lower(sum(passing), len(passing)) >= 0.6
