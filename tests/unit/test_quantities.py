"""Numbers in words and digits come to the same, and what only looks like a number stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.generation.quantities import in_digits, measures, worded


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("within one hour", "within 1 hour"),
        ("a hundred hours", "100 hours"),
        ("one hundred and twenty days", "120 days"),
        ("twenty-four hours, twenty four", "24 hours, 24"),
        ("two hundred thousand KRW", "200000 KRW"),
        ("between two and four hours", "between 2 and 4 hours"),
        ("180,000 KRW, 1,2 and 3,4567", "180000 KRW, 1,2 and 3,4567"),
        ("a 24-hour shift", "a 24 hour shift"),
        ("half an hour", "30 minutes"),
        ("once a week, twice", "1 time a week, 2 times"),
        ("Once approved, tell #ops once the page is shown", "Once approved, tell #ops once the page is shown"),
        ("No one but one of them, someone, this one", "No one but one of them, someone, this one"),
        ("this one hour", "this 1 hour"),
        ("often, attend, weight", "often, attend, weight"),
        ("한 시간, 두시간, 열두 시간, 스물네 시간", "1 시간, 2시간, 12 시간, 24 시간"),
        ("세 번, 스무 명, 열 개", "3 번, 20 명, 10 개"),
        ("하루, 이틀 안에, 사흘째, 일주일", "1일, 2일 안에, 3일째, 1주"),
        ("삼십 분, 이십사 시간, 백 일, 십오만 원, 천이백 원", "30 분, 24 시간, 100 일, 150000 원, 1200 원"),
        ("필요한 시간, 네, 이 분, 이 주에, 만 2년, 한편", "필요한 시간, 네, 이 분, 이 주에, 만 2년, 한편"),
    ],
)
def test_words_become_digits(text: str, digits: str) -> None:
    assert in_digits(text) == digits


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("180000 KRW per working day", {("180000", "krw"), ("1", "day")}),
        ("3 working days, 10 %, 5 min", {("3", "day"), ("10", "percent"), ("5", "minute")}),
        ("weekly, each full month, an hour", {("1", "week"), ("1", "month"), ("1", "hour")}),
        ("half a day, a second engineer", set()),
        ("매년 25일, 주당 2회", {("1", "년"), ("25", "일"), ("1", "주"), ("2", "번")}),
        ("6개월, 6달", {("6", "달")}),
    ],
)
def test_a_measure_is_a_number_with_its_unit(text: str, found: set[tuple[str, str]]) -> None:
    assert measures(text) == found


def test_what_no_digits_can_say() -> None:
    assert worded("half of it, from the third day, several, the first, First") == ["half", "third", "several", "first"]
    assert worded("2 시간 반, 절반, 반드시, 몇 명") == ["반", "절반", "몇"]


@given(st.integers(min_value=1, max_value=99))
def test_every_number_below_a_hundred(number: int) -> None:
    ones = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    names = ["", *(ones + "eighteen nineteen").split()]
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    word = (
        names[number]
        if number < 20
        else "-".join(part for part in (tens[number // 10 - 2], names[number % 10]) if part)
    )
    assert in_digits(f"within {word} hours") == f"within {number} hours"


@given(st.text(alphabet="a1 ,-.one twohalf시간분일이삼십백천만한두세열하루매주", max_size=60))
def test_any_text_is_survived_and_digits_stay(text: str) -> None:
    once = in_digits(text)
    assert in_digits(once) is not None
    assert all(number for number, _ in measures(once))
