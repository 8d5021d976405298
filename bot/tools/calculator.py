"""Sums, worked out exactly: read from words in either language, evaluated by us and never by a model."""

import re
from dataclasses import dataclass
from fractions import Fraction

from bot.domain.arithmetic import NoArithmetic, value_of
from bot.domain.spacing import spaced

_PLACES = 6
"""Decimal places shown of what does not come out even; enough for money and for shares."""

_LONGEST = 300
"""Characters of a sum and the words around it."""

_LEAD = re.compile(
    r"^(hey |please |can you |could you )*(what is|what's|whats|how much is|calculate|compute|work out|evaluate)\s+"
    r"|^(계산해\s?(줘|주세요)?\s*:?\s*)",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(\s*(은|는|이|가|을|를))?\s*((얼마|몇)(야|이야|예요|인가요|지|임)?|계산(해|해\s?줘|해\s?주세요)?|please)?\s*[=?？!.]*\s*$",
    re.IGNORECASE,
)
_NUMBER = r"\d[\d,]*(?:\.\d+)?|\.\d+"
_SHARE_OPENS = "\0("
"""Marks a share, which is worked out as `(15/100*240)` and shown as `15% × 240`."""

_SHARE = re.compile(rf"\0\(({_NUMBER})/100\*({_NUMBER})\)")
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), sign)
    for pattern, sign in (
        (rf"({_NUMBER})\s*(?:%|percent|per cent|퍼센트|프로)\s*of\s*({_NUMBER})", rf"{_SHARE_OPENS}\1/100*\2)"),
        (
            rf"({_NUMBER})(?:\s*원|\s*달러)?\s*의\s*({_NUMBER})\s*(?:%|percent|퍼센트|프로)",
            rf"{_SHARE_OPENS}\2/100*\1)",
        ),
        (r"\b(multiplied by|times)\b|곱하기|[×✕]|(?<=\d)\s*x\s*(?=\d)", "*"),
        (r"\b(divided by)\b|나누기|÷", "/"),
        (r"\bplus\b|더하기", "+"),
        (r"\bminus\b|빼기|−|–", "-"),
        (r"\b(to the power of)\b|\^", "**"),
    )
)
_SUM = re.compile(r"[\d\s.,()+\-*/]+")
_JOINED = re.compile(r"[\d)]\s*(?:\*\*|[-+*/])\s*[-(.\d]")
"""Two things and a sign between them: a number alone is no sum."""

_DATED = re.compile(r"^\d+([-/.]\d+)+$")
"""A date, a telephone number, 24/7: digits and signs without a space, where nobody said that it is a sum."""


@dataclass(frozen=True, slots=True)
class Sum:
    """What was read, as people write it, and what it comes to; None where there is nothing (division by zero)."""

    expression: str
    result: str | None


def calculation(text: str) -> Sum | None:
    """Return the sum that a message asks for; None if it is not one. Numbers are exact: 0.1 + 0.2 is 0.3."""
    bare = spaced(text)
    if len(bare) > _LONGEST:
        return None
    words = _TAIL.sub("", _LEAD.sub("", bare)).strip()
    asked = words != re.sub(r"[=?？!.\s]+$", "", bare)
    for pattern, sign in _WORDS:
        words = pattern.sub(sign, words)
    expression = re.sub(r"(?<=\d),(?=\d{3})", "", " ".join(words.replace("\0", "").split()))
    if not _SUM.fullmatch(expression) or (_DATED.match(words) and not asked) or not _JOINED.search(expression):
        return None
    written = _SHARE.sub(r"\1% × \2", " ".join(words.split()))
    try:
        return Sum(written, _shown(value_of(expression)))
    except NoArithmetic as error:
        return Sum(written, None) if "zero" in str(error) else None


def _shown(value: Fraction) -> str:
    if value.denominator == 1:
        return f"{value.numerator:,}"
    rounded = round(value, _PLACES)
    whole, parts = divmod(abs(rounded.numerator) * 10**_PLACES // rounded.denominator, 10**_PLACES)
    sign = "-" if rounded < 0 else ""
    short = f"{sign}{whole:,}.{parts:0{_PLACES}}".rstrip("0").rstrip(".")
    return short if rounded == value else f"≈ {short}"
