"""Where a sentence ends, in English and Korean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        (
            "배포는 화요일입니다. 금요일은 쉽니다! 왜요? 그래요.",
            ["배포는 화요일입니다.", "금요일은 쉽니다!", "왜요?", "그래요."],
        ),
        ("Run `shipit roll. back now` first. Then wait.", ["Run `shipit roll. back now` first.", "Then wait."]),
        ("It takes 2.5 minutes. Use v1.2.3 now.", ["It takes 2.5 minutes.", "Use v1.2.3 now."]),
        ("See e.g. the wiki. Ask Dr. Kim.", ["See e.g. the wiki.", "Ask Dr. Kim."]),
        ("1. First step\n2. Second step", ["1. First step", "2. Second step"]),
        ("- one\n- two. three\n", ["- one", "- two.", "three"]),
        ("It is so. [1] And so. [2]", ["It is so. [1]", "And so. [2]"]),
        ("Is it so? [1][2] Yes.", ["Is it so? [1][2]", "Yes."]),
        ('He said "stop." Then left.', ['He said "stop."', "Then left."]),
        ("no end", ["no end"]),
        ("", []),
        (" \n\n ", []),
        ("Heading\n\nText below.", ["Heading", "Text below."]),
    ],
)
def test_examples(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet=st.sampled_from("ab .!?\n`[]1\"'가다。)-"), max_size=300))
def test_nothing_but_white_space_is_lost(text: str) -> None:
    pieces = sentences(text)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(piece == piece.strip() != "" for piece in pieces)


@given(st.lists(st.sampled_from(["Run it now.", "배포했습니다.", "Is it so?", "Use `a. b` here!"]), max_size=8))
def test_sentences_come_apart_as_they_were_joined(given_sentences: list[str]) -> None:
    assert sentences(" ".join(given_sentences)) == given_sentences
