"""Arithmetic is exact, and what a draft claims of it is worked out again."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.arithmetic import NoArithmetic, number_of, value_of
from bot.ensemble.verifiers.numbers import recomputed
from bot.ensemble.verifiers.verdict import Draft
from bot.generation.quantities import in_digits

WHOLE = st.integers(min_value=0, max_value=10**6)


class TestArithmetic:
    @pytest.mark.parametrize(
        ("expression", "value"),
        [
            ("2 + 3 * 4", 14),
            ("(2 + 3) × 4", 20),
            ("1,200 x 3", 3_600),
            ("10 / 4", Fraction(5, 2)),
            ("0.1 + 0.2", Fraction(3, 10)),
            ("15% of 200", 30),
            ("200의 15%", 30),
            ("2 ^ 3 ^ 2", 512),
            ("2**-1", Fraction(1, 2)),
            ("3² + 2³", 17),
            ("-3 - -5", 2),
            ("-2^2", -4),
            ("8 ÷ 2 · 3", 12),
            (".5 * 2", 1),
        ],
    )
    def test_as_people_write_it(self, expression: str, value: Fraction) -> None:
        assert value_of(expression) == value

    @pytest.mark.parametrize(
        "text",
        ["", "2 +", "2 3", "(2", "2)", "1/0", "9^999", "9^64^64", "0^-1", "2^0.5", "__import__('os')", "1e9", "2 + a"],
    )
    def test_what_is_no_expression_is_refused(self, text: str) -> None:
        with pytest.raises(NoArithmetic):
            value_of(text)

    @pytest.mark.parametrize(
        "text",
        ["(" * 150 + "1", "1+" * 150 + "1", "9^60*9^60*9^60*9^60*9^60", "2^64^2"],
        ids=["deep", "long", "large", "power"],
    )
    def test_what_is_out_of_reach_is_refused(self, text: str) -> None:
        with pytest.raises(NoArithmetic):
            value_of(text)

    @given(WHOLE, WHOLE, WHOLE)
    def test_it_is_exact(self, a: int, b: int, c: int) -> None:
        assert value_of(f"{a:,} + {b} * {c} - ({a} - {b}) / 7") == a + b * c - Fraction(a - b, 7)

    @given(st.text(alphabet="0123456789+-*/^()%., x의", max_size=60))
    def test_it_ends_with_a_value_or_a_reason(self, text: str) -> None:
        try:
            assert isinstance(value_of(text), Fraction)
        except NoArithmetic as error:
            assert str(error)

    def test_a_number(self) -> None:
        assert number_of("−1,200.50") == Fraction(-2401, 2)
        with pytest.raises(NoArithmetic):
            number_of("12:30")


RIGHT = [
    "7 × 8 = 56",
    "7x8=56.",
    "So it is $1,200 × 3 = $3,600 a year.",
    "15% of 200 is 30.",
    "200의 15%는 30입니다",
    "3시간 × 2 = 6시간",
    "하루 3번 × 7일 = 21번",
    "예산 1,000,000원 × 12 = 12,000,000원",
    "10 / 3 = 3.33",
    "10 / 3 = 3",
    "1 / 8 = 0.13",
    "10/3 ≈ 3.5",
    "50 / 200 = 25%",
    "5% + 3% = 8%",
    "2 + 3 = 5 × 2 = 10",
    "twelve × 2 = twenty-four",
    "5 - 3 = 2 and 3/4 = 0.75",
    "5kg + 3kg = 8kg",
]
WRONG = [
    ("7 × 8 = 54.", "56"),
    ("7x8=54", "56"),
    ("$1,200 × 3 = $3,500", "3,600"),
    ("15% of 200 is 35", "30"),
    ("200의 15%는 40입니다", "30"),
    ("3시간 × 2 = 7시간", "6"),
    ("세 번 × 이틀 = 7", "6"),
    ("2 + 3 * 4 = 20", "14"),
    ("10 / 3 = 4", "3.3333"),
    ("10 / 3 = 3.34", "3.3333"),
    ("50 / 200 = 20%", "25%"),
    ("12 + 30 = 42 - 1 = 40", "41"),
    ("1 + 1 = 2, 2 + 2 = 5", "4"),
]
NO_CLAIM = [
    "The deploy takes 4 minutes.",
    "2024-01-02 is 5 days ago",
    "pages 3-5 is 2 pages",
    "call 010-1234-5678, which is 3 digits",
    "배포 3 - 5는 6번입니다",
    "2 of 5 is 40%",
    "9:00 - 18:00 is 9 hours",
    "200 + 15% = 230",
    "port 8080/tcp = 5",
    "x = 5; SEV1 - 2 is 3",
    "2 + 4 = 3 + 3",
    "1/0 = 5",
]


class TestClaims:
    @pytest.mark.parametrize("text", RIGHT)
    def test_right(self, text: str) -> None:
        verdict = recomputed(in_digits)(Draft(text))
        assert verdict.accepted
        assert "worked out" in verdict.why

    @pytest.mark.parametrize(("text", "makes"), WRONG)
    def test_wrong_with_what_it_makes(self, text: str, makes: str) -> None:
        verdict = recomputed(in_digits)(Draft(text))
        assert not verdict.accepted
        assert verdict.why.endswith(f"is wrong: it makes {makes}")

    @pytest.mark.parametrize("text", NO_CLAIM)
    def test_what_is_no_sum_is_left_alone(self, text: str) -> None:
        verdict = recomputed(in_digits)(Draft(text))
        assert (verdict.accepted, verdict.why) == (True, "no calculation")

    @given(WHOLE, WHOLE, st.sampled_from("+-*×"), WHOLE)
    def test_a_claim_passes_if_and_only_if_it_is_true(self, a: int, b: int, sign: str, said: int) -> None:
        value = {"+": a + b, "-": a - b}.get(sign, a * b)
        assert recomputed()(Draft(f"It is {a} {sign} {b} = {value}.")).accepted
        assert recomputed()(Draft(f"It is {a:,} {sign} {b:,} = {said:,} days.")).accepted == (said == value)
