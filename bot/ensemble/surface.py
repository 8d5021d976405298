"""What a question shows without being understood: its length, its shape, its signs. Thirty numbers, 0.1 ms."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_OPTION = re.compile(r"^\s*(?:[A-J][.)]|\([A-Ja-j]\)|[-*•]|\d+[.)])\s+(.*)$", re.MULTILINE)
_MATHS = re.compile(r"[=+^<>√∑∫≤≥±×÷π\\]|\d\s*[-*/]\s*\d")
_CODE = re.compile(r"[{}\[\];]|\w\(|\b(def|class|return|import|SELECT|null|void)\b")
_NEGATION = re.compile(
    r"\b(not|except|never|least|without|false|wrong|incorrect|neither|none)\b|(않|아닌|없|제외)", re.IGNORECASE
)
_COUNTING = re.compile(
    r"\b(how (many|much)|calculate|compute|find|solve|estimate)\b|(몇|얼마|계산|구하)", re.IGNORECASE
)
_WHY = re.compile(r"\b(why|explain|because|reason|how does|how do)\b|(왜|이유|설명|어떻게)", re.IGNORECASE)
_NAMING = re.compile(r"\b(who|when|where|which|what)\b|(누구|언제|어디|무엇|어느)", re.IGNORECASE)
_CLAIMS = re.compile(
    r"\b(statement|scenario|premise|argument|assertion|claim)s?\b|(진술|명제|주장|가정)", re.IGNORECASE
)
_CONDITION = re.compile(r"\b(if|suppose|assume|assuming|given|let)\b|(만약|가정|라면|이면)", re.IGNORECASE)
_ROMAN = re.compile(r"\b(I|II|III|IV)\b")
_QUOTED = re.compile(r"[\"“”‘’]")
_SENTENCE_END = re.compile(r"[.!?。]\s")

SURFACE = 34
"""How many numbers `surface` returns."""


def surface(text: str) -> NDArray[np.float64]:
    """Return the question's cheap features; shares are 0 to 1, lengths and counts are logarithms."""
    options = _OPTION.findall(text)
    asked = _OPTION.sub("", text) if options else text
    return np.array([*_lengths(text, asked), *_signs(text, asked), *_kinds(asked), *_choices(options, asked)])


def _lengths(text: str, asked: str) -> list[float]:
    words = _WORD.findall(text)
    lengths = [len(word) for word in words]
    lowered = {word.casefold() for word in words}
    sentences = [part for part in _SENTENCE_END.split(asked) if part.strip()]
    last = sentences[-1] if sentences else ""
    return [
        _log(len(text)),
        _log(len(words)),
        _log(text.count("\n")),
        _log(len(sentences)),
        _log(len(last)),
        float(np.mean(lengths)) / 10 if lengths else 0.0,
        _share(sum(length > 8 for length in lengths), len(words)),
        _share(len(lowered), len(words)),
    ]


def _signs(text: str, asked: str) -> list[float]:
    size = max(len(text), 1)
    words = _WORD.findall(text)
    return [
        _share(sum(char.isdigit() for char in text), size),
        _log(len(_NUMBER.findall(asked))),
        _log(len(_MATHS.findall(text))),
        _log(len(_CODE.findall(text))),
        _share(sum(char.isupper() for char in text), size),
        _share(sum(word[0].isupper() for word in words), len(words)),
        _share(sum(ord(char) > 127 for char in text), size),
        _log(len(_QUOTED.findall(text))),
        _log(text.count(",")),
        float("__" in text or "..." in text),
    ]


def _kinds(asked: str) -> list[float]:
    patterns = (_NEGATION, _COUNTING, _WHY, _NAMING, _CLAIMS, _CONDITION, _ROMAN)
    return [*(_log(len(pattern.findall(asked))) for pattern in patterns), float("?" in asked)]


def _choices(options: Sequence[str], asked: str) -> list[float]:
    """A question with listed answers: how long, how alike, and how near to the question they are."""
    if not options:
        return [0.0] * 8
    bags = [frozenset(word.casefold() for word in re.findall(r"\w+", option)) for option in options]
    asked_bag = frozenset(word.casefold() for word in re.findall(r"\w+", asked))
    lengths = [len(option) for option in options]
    pairs = [_alike(one, other) for at, one in enumerate(bags) for other in bags[at + 1 :]]
    return [
        _log(len(options)),
        _log(float(np.mean(lengths))),
        _log(float(np.std(lengths))),
        _share(sum(bool(_NUMBER.search(option)) for option in options), len(options)),
        _share(sum(bool(_NUMBER.fullmatch(option.strip("$% ."))) for option in options), len(options)),
        float(np.mean(pairs)) if pairs else 0.0,
        float(np.mean([_alike(bag, asked_bag) for bag in bags])),
        _share(sum("," in option for option in options), len(options)),
    ]


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return _share(len(one & other), len(one | other))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _log(count: float) -> float:
    return float(np.log1p(count))
