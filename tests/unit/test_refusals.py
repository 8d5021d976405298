"""Why something is not read: in both languages, with the same facts."""

import re

import pytest

from bot.domain.errors import DocumentUnreadable, SourceUnavailable
from bot.domain.refusals import _SENTENCES, Why, sentence


@pytest.mark.parametrize("why", Why)
def test_both_languages_say_it_with_the_same_facts(why: Why) -> None:
    english, korean = _SENTENCES[why]
    gaps = sorted(re.findall(r"\{(\w+)\}", english))
    assert gaps == sorted(re.findall(r"\{(\w+)\}", korean))
    assert "name" in gaps
    assert re.search("[가-힣]", korean)
    assert not re.search("[가-힣]", english)


def test_one_line_whatever_the_facts_are() -> None:
    said = sentence(Why.DAMAGED, "ko", name="a.pdf", kind="PDF", reason="first\nsecond {x}")
    assert "\n" not in said
    assert "first second {x}" in said


def test_an_error_is_told_in_a_persons_language() -> None:
    refusal, outage = DocumentUnreadable(Why.NO_TEXT, "a.pdf"), SourceUnavailable(Why.SILENT, "https://a/", reason="x")
    assert str(refusal) == refusal.told("en") == "a.pdf: skipped, there is no text in it."
    assert refusal.told("ko") == "a.pdf: 건너뛰었습니다. 글이 없습니다."
    assert "does not answer (x)" in outage.told("en")
    assert "응답하지 않습니다(x)" in outage.told("ko")
