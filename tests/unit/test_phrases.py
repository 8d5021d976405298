"""Maru's fixed sentences: both languages say the same, and nothing is left unfilled."""

from string import Formatter

import pytest

from bot.generation import phrases
from bot.generation.phrases import STRANGER, phrase
from bot.nlu.language import language_of
from bot.nlu.skills import builtin_skills

NAMES = sorted(phrases._PHRASES)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("name", NAMES)
def test_english_and_korean_have_the_same_fields(name: str) -> None:
    both = phrases._PHRASES[name]
    assert set(both) == {"en", "ko"}
    assert fields(both["en"]) == fields(both["ko"])


@pytest.mark.parametrize("name", NAMES)
def test_each_is_in_its_language(name: str) -> None:
    values = dict.fromkeys(fields(phrases._PHRASES[name]["en"]), "7")
    assert language_of(phrase(name, "en", **values)) == "en"
    assert language_of(phrase(name, "ko", **values)) == "ko"


def test_every_small_talk_skill_has_its_phrase() -> None:
    fixed = {one.name for one in builtin_skills() if not (one.knowledge or one.ladder or one.tools)}
    assert "greeting" in fixed
    assert fixed <= set(NAMES)


def test_a_missing_field_is_an_error_and_not_a_hole() -> None:
    with pytest.raises(KeyError):
        phrase("apology", "en")


def test_the_strangers_sentence_names_the_id_in_both_languages() -> None:
    assert STRANGER.format(id="12345").count("12345") == 2
