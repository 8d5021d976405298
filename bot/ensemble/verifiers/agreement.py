"""Whether drafts say the same. Samples that agree are more often right (self-consistency, Wang et al., 2023).

What is compared, in this order: the number that both come to; short answers letter by letter; longer ones by the words
that carry meaning.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from bot.domain.arithmetic import number_of
from bot.ensemble.verifiers.verdict import Draft, Verdict

OVERLAP = 0.6
"""Share of common terms (Dice) from which longer texts say the same. See tests/unit/test_agreement.py: of 24 pairs
written by hand, paraphrases lie above and different answers about one subject below; not calibrated on real samples."""

SHORT_WORDS = 4
"""Answers of so many words are compared letter by letter: one word more or less is another answer."""

Terms = Callable[[str], frozenset[str]]
"""The terms of a text that carry meaning."""

_NUMBER = re.compile(r"(?<![\w.])[-−]?\d+(?:,\d{3})*(?:\.\d+)?(?![\w]|\.\d)")
_BEFORE = re.compile(
    r"^(?:the answer is|answer|it is|it's|that is|정답은|답은|정답|답)\b\s*:?\s*|^(?:a|an|the)\s+", re.IGNORECASE
)
_AFTER = re.compile(r"(?:입니다|이에요|예요|이다|다)?[.!。]*$")
_MARKS = re.compile(r"[^\w\s%.,/:-]|(?<!\w)[.,:/-]|[.,:/-](?!\w)")


@dataclass(frozen=True, slots=True)
class Answer:
    """A draft, made comparable. number: the value that it comes to, where it is hardly more than one."""

    text: str
    number: Fraction | None
    terms: frozenset[str]


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text in lower case: the terms where no analyser is asked."""
    return frozenset(re.findall(r"\w+(?:[./:-]\w+)*", text.casefold()))


def answer_of(draft: Draft, terms: Terms = words_of) -> Answer:
    """Return what the draft answers."""
    text = _bare(draft.text)
    numbers = _NUMBER.findall(text)
    single = len(text.split()) <= SHORT_WORDS and len(numbers) == 1
    return Answer(text, number_of(numbers[0]) if single else None, terms(draft.text))


def same(left: Answer, right: Answer) -> bool:
    """Tell whether two drafts answer the same."""
    if left.number is not None and right.number is not None:
        return left.number == right.number
    if left.text == right.text:
        return True
    short = min(len(one.text.split()) for one in (left, right)) <= SHORT_WORDS
    if short or _numbers(left.text) != _numbers(right.text):
        return False
    return overlap(left.terms, right.terms) >= OVERLAP


def overlap(left: frozenset[str], right: frozenset[str]) -> float:
    """Return Dice's coefficient of two sets of terms, 1 for two empty ones."""
    total = len(left) + len(right)
    return 2 * len(left & right) / total if total else 1.0


def agreed(drafts: Sequence[Draft], *, terms: Terms = words_of) -> Verdict:
    """Accept if most of the drafts say what the first says; the score is the share that does, the first included."""
    first, *others = [answer_of(draft, terms) for draft in drafts]
    with_first = 1 + sum(same(first, other) for other in others)
    share = with_first / len(drafts)
    return Verdict(share > 0.5, f"{with_first} of {len(drafts)} samples say the same", share)


def _bare(text: str) -> str:
    """Return a text in lower case without marks, leading phrases and a polite ending."""
    text = " ".join(_MARKS.sub(" ", _AFTER.sub("", text.strip().casefold())).split())
    while (shorter := _BEFORE.sub("", text)) != text:
        text = shorter
    return text


def _numbers(text: str) -> frozenset[Fraction]:
    return frozenset(number_of(number) for number in _NUMBER.findall(text))
