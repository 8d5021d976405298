"""The verifier of answers: a sentence that no cited chunk backs is not sent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.documents import Passage
from bot.domain.sentences import sentences
from bot.ports.analyser import Analyser

COVERAGE = 0.5
"""Share of a sentence's terms that must occur in its passage. A paraphrase keeps nouns and loses verbs."""

_MARK = re.compile(r"\s*\[(\d+)\]")
_LITERAL = re.compile(
    r"`[^`]+`"  # code
    r"|https?://\S+|\S+@\S+\.\w+"  # links, addresses
    r"|[#/@][\w][\w./-]*"  # channels, paths, handles
    r"|(?<!\w)--?[A-Za-z][\w-]*"  # options
    r"|\b\w*\d[\w:.,%/-]*",  # whatever has a digit
)
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-zA-Z]+")
_UNIT = (
    r"second|sec|minute|min|hour|hr|day|week|month|quarter|year|percent|%|KRW|USD|EUR|won|people|person|times?"
    r"|초|분|시간|일|주|개월|달|년|원|달러|명|번|회|퍼센트"
)
_MEASURE = re.compile(rf"(\d[\d.,]*)\s*(?:business |working |calendar |영업일 )?({_UNIT})", re.IGNORECASE)
_NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=2
    )
} | {"fifteen": "15", "twenty": "20", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90"}
_NUMBER_WORD = re.compile(r"\b(" + "|".join(_NUMBER_WORDS) + r")\b", re.IGNORECASE)
_NEGATION = re.compile(
    r"\b(no|not|never|none|nobody|nothing|without|cannot|neither|nor)\b|n['’]t\b"
    r"|(?:지|면) (?:않|못|안)|없|않|못 |금지|불가",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Grounded:
    """A sentence of the draft and the passage that backs it."""

    sentence: str
    passage: Passage


def ground(draft: str, passages: Sequence[Passage], *, analyser: Analyser) -> tuple[Grounded, ...]:
    """Return the draft's sentences that a passage backs, in order, without their `[n]` marks; the rest is dropped.

    A sentence is backed by a passage that (1) contains its numbers, measures, commands, links and names literally,
    (2) covers COVERAGE of its terms, and (3) whose nearest sentence has the same polarity. A `[n]` in the draft is
    tried first, but only these checks decide. One analyser call. Raises EncoderUnavailable.
    """
    said = [(_MARK.sub("", raw).strip(), _marked(raw, len(passages))) for raw in sentences(draft)]
    said = [(sentence, mark) for sentence, mark in said if any(character.isalnum() for character in sentence)]
    sources = [sentences(passage.text) for passage in passages]
    texts = [sentence for sentence, _ in said]
    texts += [f"{' '.join(passage.title_path)}\n{passage.text}" for passage in passages]
    texts += [sentence for source in sources for sentence in source]
    terms = [frozenset(words) for words in analyser.analyse(texts)] if said else []
    backed = []
    for position, (sentence, mark) in enumerate(said):
        order = sorted(range(len(passages)), key=lambda index: index != mark)
        for index in order:
            start = len(said) + len(passages) + sum(len(source) for source in sources[:index])
            nearest = terms[start : start + len(sources[index])]
            whole = terms[len(said) + index]
            if (
                _literals_occur(sentence, passages[index])
                and _covered(terms[position], whole)
                and _same_polarity(sentence, terms[position], list(zip(sources[index], nearest, strict=True)))
            ):
                backed.append(Grounded(sentence, passages[index]))
                break
    return tuple(backed)


def _marked(sentence: str, most: int) -> int | None:
    found = _MARK.search(sentence)
    return int(found.group(1)) - 1 if found and 1 <= int(found.group(1)) <= most else None


def _digits(text: str) -> str:
    return _NUMBER_WORD.sub(lambda word: _NUMBER_WORDS[word.group().lower()], text)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).casefold()


def _literals_occur(sentence: str, passage: Passage) -> bool:
    """Check numbers, commands, links and names word for word, and each number with its unit."""
    source = _squeezed(_digits(f"{' '.join(passage.title_path)}\n{passage.text}"))
    said = _digits(sentence)
    wanted = [literal.strip("`").rstrip(".,:;!?)") for literal in _LITERAL.findall(said)] + _NAME.findall(said)
    if not all(_occurs(_squeezed(literal), source) for literal in wanted if literal):
        return False
    measures = {(number, unit.casefold()) for number, unit in _MEASURE.findall(source)}
    return all((number, unit.casefold()) in measures for number, unit in _MEASURE.findall(said))


def _occurs(literal: str, source: str) -> bool:
    """Find a literal that is not a part of a longer number or word: 4 is not in 40."""
    start = r"(?<![\w.])" if literal[0].isalnum() else ""
    end = r"(?![\d])" if literal[-1].isdigit() else r"(?![a-z0-9])" if literal[-1].isascii() else ""
    return re.search(start + re.escape(literal) + end, source) is not None


def _covered(terms: frozenset[str], source: frozenset[str]) -> bool:
    return bool(terms) and len(terms & source) >= COVERAGE * len(terms)


def _same_polarity(sentence: str, terms: frozenset[str], source: Sequence[tuple[str, frozenset[str]]]) -> bool:
    """Compare with the source sentence that shares most terms: `may deploy` is not backed by `may not deploy`."""
    if not source:
        return False
    nearest, _ = max(source, key=lambda candidate: len(terms & candidate[1]) / (len(candidate[1]) + 3))
    return bool(_NEGATION.search(sentence)) == bool(_NEGATION.search(nearest))
