"""Whether the arithmetic in a draft is right: every `a + b = c` is worked out again, exactly."""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction

from bot.domain.arithmetic import NoArithmetic, number_of, value_of
from bot.ensemble.verifiers.verdict import Draft, Verdict, Verifier

_NUMBER = r"(?:\d+(?:,\d{3})+|\d+)(?:\.\d+)?"
_UNIT = r"(?:\s?(?!of\b|x\b)(?:[A-Za-z]{1,12}|[가-힣]{1,4}(?<!의)))?"
_MONEY = r"[$€£₩¥]?"
_SIGNED = rf"{_MONEY}[-−]?{_MONEY}{_NUMBER}"
_OPERATOR = r"\s*(?:\*\*|[-+*/^×÷·−–]|(?<=[\s\d)])x(?=[\s\d(])|(?<=%)\s?of\b|%?의)\s*"
_OPERAND = rf"[(]*{_SIGNED}\s?%?{_UNIT}[)²³]*"
_CLAIM = re.compile(
    rf"(?<![\w.,/])({_OPERAND}(?:{_OPERATOR}{_OPERAND})+)"
    r"\s*(=|≈|~=|\bis about\b|\bis\b|\bequals\b|\bmakes\b|(?:은|는)(?= ))\s*(?:about |약 )?"
    rf"({_SIGNED})(\s?%)?(?!\w*[.,]?\d)(?!{_UNIT}\s*[-+*/^×÷−–]\s*[\d(])",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"[$€£₩¥]")
_WORD = re.compile(r"[A-Za-z]+|[가-힣]+")
_SIGNS = frozenset({"x", "of"})
_ABOUT = frozenset({"≈", "~=", "is about"})
_NO_SUM = re.compile(r"\d[-–/]\d|[-–/].*[은는]$", re.DOTALL)
"""A date, a telephone number, a range, a share: no sum, unless there is a `=`."""

_NEAR = Fraction(1, 20)
"""How far `≈` may be off, as a share."""


def recomputed(in_digits: Callable[[str], str] = str) -> Verifier:
    """Return the verifier that refuses a wrong result; a rounded one is right.

    in_digits: writes number words in digits. What cannot be read as arithmetic with certainty is left alone.
    """

    def verify(draft: Draft) -> Verdict:
        right = 0
        for claim in _claims(in_digits(draft.text)):
            try:
                value = value_of(_WORD.sub(_sign, _CURRENCY.sub("", claim[1])))
                said = number_of(_CURRENCY.sub("", claim[3]))
            except NoArithmetic:
                continue
            value = 100 * value if claim[4] else value
            if not _agrees(value, said, claim[3], about=claim[2].lower() in _ABOUT):
                return Verdict(False, f"`{claim[0].strip()[:60]}` is wrong: it makes {_shown(value)}{claim[4] or ''}")
            right += 1
        return Verdict(True, f"{right} calculation(s) worked out again" if right else "no calculation")

    return verify


def _sign(word: re.Match[str]) -> str:
    """Keep of the words between numbers those that are signs; the others are units."""
    return word[0] if word[0].lower() in _SIGNS else " 의 " if word[0].endswith("의") else " "


def _claims(text: str) -> Iterator[re.Match[str]]:
    """Yield what claims a result; the result of one may begin the next: `2 + 3 = 5 × 2 = 10` has two."""
    position = 0
    while (claim := _CLAIM.search(text, position)) is not None:
        position = claim.start(3)
        equation, joined, percent = claim[2] in "=≈~=", claim[1], "%" in claim[1]
        sum_of_shares = percent and re.search(r"[-+−]", joined) and not claim[4]  # `200 + 15%`: of what?
        product = not re.search(r"의|\bof\b", joined) or percent
        if product and not sum_of_shares and (equation or not _NO_SUM.search(joined + claim[2])):
            yield claim


def _agrees(value: Fraction, said: Fraction, written: str, *, about: bool) -> bool:
    """Accept the exact value, or, where it is no whole number, one rounded to the digits that were written."""
    if about:
        return abs(value - said) <= _NEAR * abs(value)
    places = len(written.partition(".")[2])
    return value == said or (value.denominator != 1 and abs(value - said) <= Fraction(1, 2 * 10**places))


def _shown(value: Fraction) -> str:
    return f"{value.numerator:,}" if value.denominator == 1 else f"{float(value):,.4f}".rstrip("0")
