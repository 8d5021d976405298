"""Whatever people write is answered, and never with an apology; and no form takes long to read."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.sentences import sentences
from bot.ensemble.verifiers.faithful import keeping_literals_of
from bot.nlu.language import language_of
from bot.nlu.material import material
from bot.nlu.mood import asks_for
from bot.nlu.requests import requests
from bot.nlu.steering import choice, correction, takes_back
from bot.tools.calculator import calculation
from bot.tools.clock import tell
from bot.tools.reminder import read_wish
from tests.scenario.house import House, english_model

_WORDS = st.sampled_from(
    'remind me to 알려 줘 summarise translate: "it" ``` > no, actually 아니, never mind 취소 1 2 (3 +4 5% 의 of at 9 '
    "tomorrow 내일 오전 9시 12:60 2월 30일 2026-13-45 0000-00-00 next friday 다음 주 월요일 in 0 minutes 뒤에 몇 시야? "
    "what day is how long until 사람 바꿔 explain this code and how who is 고 그리고 어떻게 "
    "² ٣ \x00 \ud83d\ude00 \u202e \n".split(" ")
)
_TEXT = st.one_of(st.lists(_WORDS, min_size=1, max_size=9).map(" ".join), st.text(min_size=1, max_size=60))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_TEXT, min_size=1, max_size=4))
def test_any_talk_is_survived(texts: list[str]) -> None:
    maru = House(english_model(*["It closes at 18:00."] * 99))
    for text in texts:
        maru.keep(maru.message(text))
        maru.run()
    assert [turn.receipt.tries for turn in maru.database.turns if turn.apology] == []
    assert len(maru.database.turns) == len(texts)


_NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
_FORMS: dict[str, Callable[[str], object]] = {
    "sum": calculation,
    "clock": lambda text: tell(text, _NOW, "en"),
    "reminder": lambda text: read_wish(text, _NOW),
    "requests": requests,
    "taking back": takes_back,
    "correction": correction,
    "choice": lambda text: choice(text, 3),
    "material": material,
    "mood": asks_for,
    "language": language_of,
    "sentences": sentences,
    "literals": keeping_literals_of,
}
_RUNS = (
    " ",
    "1",
    "a",
    "1 ",
    "가 ",
    "\n",
    " \n",
    "> a\n",
    '"',
    "“",
    "`",
    ": ",
    "1,",
    "몇 ",
    "so ",
    "줘 ",
    "?",
    "다시 ",
    "in 1 ",
)


@pytest.mark.parametrize("form", _FORMS)
def test_no_text_takes_long_to_read(form: str) -> None:
    read = _FORMS[form]
    read("warm")
    for run in _RUNS:
        for head in ("", "1", "what time is it in ", "no, "):
            text = f"{head}{run * 4_000}"[:3_998] + "x"
            assert min(_seconds(read, text) for _ in range(3)) < 2.0, f"{head!r} and {run!r} again and again"


def _seconds(read: Callable[[str], object], text: str) -> float:
    """Return what a reading takes of the processor: a hundredth, or seconds where a pattern runs wild."""
    began = process_time()
    read(text)
    return process_time() - began
