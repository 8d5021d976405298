"""Two documents that say the same sentence with another number, date or command: a closed rule, and a careful one.

It is better to miss a contradiction than to see one that is none: "the limit in Seoul is 180,000" and "the limit in
Tokyo is 200,000" do not disagree.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.domain.documents import Passage
from bot.domain.generic_terms import GENERIC
from bot.generation.pointing import Pointer
from bot.generation.quantities import in_digits, measures
from bot.ports.analyser import Analyser

NEAR_BEST = 0.03
"""By how much (cosine) a line may be further from the question than the nearest line of all."""

FEWEST_TERMS = 2
"""Telling terms that both lines have: "Limit: 3" and "Limit: 4" may be about anything."""

_EDITION = frozenset(
    "polici handbook guid rule page old new version draft copi faq 규정 정책 안내 가이드 문서 사본".split()
)
"""What titles of two editions of one text may differ in, beside numbers."""

_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_CODE = re.compile(r"`([^`]+)`")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,:/-]\d+)*(?![\dA-Za-z])")
_YEAR = re.compile(r"(?:19|20)\d\d")
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_MONTH = re.compile(rf"\b({_MONTHS})(?=\s+\d)|(?<=\d )({_MONTHS})\b")
_DENIED = re.compile(
    r"\b(?:no|not|never|none|without|cannot)\b|n['’]t\b|(?:지|면) (?:않|못|안)|없|않|못 |금지|불가", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A line of a passage that bears on the question. values: its numbers, dates and commands, in order."""

    passage: Passage
    line: str
    cosine: float
    values: tuple[str, ...]
    units: tuple[str, ...]
    commands: int


def contradiction(
    passages: Sequence[Passage], *, analyser: Analyser, pointer: Pointer
) -> tuple[Statement, Statement] | None:
    """Return two lines of different documents that say the same of the question with other values, the newest first.

    Raises EncoderUnavailable.
    """
    said = [_statement(passage, pointer) for passage in passages]
    best = max((one.cosine for one in said), default=0.0)
    near = [one for one in said if one.values and best - one.cosine <= NEAR_BEST]
    for left, right in combinations(near, 2):
        if _comparable(left, right) and _same_otherwise(left, right, analyser):
            newest = sorted((left, right), key=lambda one: -(one.passage.dated or 0.0))
            return newest[0], newest[1]
    return None


def _statement(passage: Passage, pointer: Pointer) -> Statement:
    line, cosine = pointer.near(passage)[0]
    line = " ".join(_ITEM.sub("", line).split())
    commands = _CODE.findall(line)
    words = in_digits(_CODE.sub(" ", line))
    months = [month for pair in _MONTH.findall(words) for month in pair if month]
    values = (*_NUMBER.findall(words), *months, *commands)
    units = tuple(sorted(unit for _, unit in measures(words)))
    return Statement(passage, line, cosine, values, units, len(commands))


def _comparable(left: Statement, right: Statement) -> bool:
    """Tell, before anything is analysed, whether two lines have as many values of the same kinds, and other ones."""
    years = [{one for one in said.values if _YEAR.fullmatch(one)} for said in (left, right)]
    return (
        left.passage.document != right.passage.document
        and len(left.values) == len(right.values)
        and sorted(left.values) != sorted(right.values)
        and left.units == right.units
        and left.commands == right.commands
        and years[0] == years[1]  # "in 2023 it was 3", "in 2024 it is 4": both may be true
        and bool(_DENIED.search(left.line)) == bool(_DENIED.search(right.line))
    )


def _same_otherwise(left: Statement, right: Statement, analyser: Analyser) -> bool:
    """Tell whether the lines, and the headings above them, are the same but for their values."""
    texts = [text for one in (left, right) for text in (_worded(one.line), _worded(" ".join(one.passage.title_path)))]
    line, title, other_line, other_title = (_telling(terms) for terms in analyser.analyse(texts))
    return len(line) >= FEWEST_TERMS and line == other_line and title - _EDITION == other_title - _EDITION


def _worded(text: str) -> str:
    return _NUMBER.sub(" ", _MONTH.sub(" ", in_digits(_CODE.sub(" ", text))))


def _telling(terms: Sequence[str]) -> frozenset[str]:
    return frozenset(term for term in terms if not term.isdigit()) - GENERIC
