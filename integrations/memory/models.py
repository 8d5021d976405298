"""Models that think nothing: what a chat model, an embedder and an analyser look like to the rest of Maru."""

import re
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from math import sqrt
from typing import Literal

from bot.domain.documents import Vector
from bot.domain.models import ChatDelta, ChatRequest, ModelEntry
from bot.ports.cancellation import Cancellation

_WORD = re.compile(r"[a-z0-9]+|[가-힣]+")
_STOP_WORDS = frozenset(
    "a an and are as at be by can could do does for from had has have how i if in is it its may me my of on or so "
    "that the them then there they this to was we what when where which who why will with would you your about "
    "몇 뭐 누구 언제 어디 왜 얼마 어떻게".split()
)
_ENGLISH_ENDING = re.compile(r"(?<=\w{3})(ing|ed|es|s|ly)$")
_PARTICLE = re.compile(
    r"(?<=[가-힣])(에서는|에서|에게|까지|부터|하려면|하나요|인가요|이에요|예요|해요|해야|합니다|입니다|은|는|이|가|을|를|에|로|의|도)$"
)


class ScriptedChatModel:
    """`ChatModel` that says what it was told to, a word at a time, and remembers what it was asked.

    script: texts, exceptions to raise, or callables of the request that return a text; the last one is said for ever.
    It may be changed later.
    """

    def __init__(
        self, *script: str | Exception | Callable[[ChatRequest], str], entry: ModelEntry | None = None
    ) -> None:
        self.script = list(script)
        self._entry = entry or ModelEntry("scripted", "openai", ("http://127.0.0.1:9",), "scripted")
        self.requests: list[ChatRequest] = []

    @property
    def entry(self) -> ModelEntry:
        """What the catalogue says of it."""
        return self._entry

    def stream(self, request: ChatRequest, cancellation: Cancellation) -> Iterator[ChatDelta]:
        """Yield the next line of the script, or raise it."""
        self.requests.append(request)
        line = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        cancellation.check()
        if isinstance(line, Exception):
            raise line
        text = line if isinstance(line, str) else line(request)
        for piece in re.findall(r"\s*\S+|\s+$", text):
            cancellation.check()
            yield ChatDelta(piece)
        yield ChatDelta("", "stop")

    def healthy(self) -> bool:
        """Tell whether its next line is not a failure."""
        return not isinstance(self.script[0], Exception)


class WordAnalyser:
    """`Analyser` by white space: English endings and Korean particles cut off by a short list; can be told to fail."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []

    def analyse(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Return each text's terms in order."""
        if self.failures:
            raise self.failures.pop(0)
        return [tuple(_terms(text)) for text in texts]


class HashingEmbedder:
    """`Embedder` that adds up one pseudo-random direction a word: texts with common words are near.

    Deterministic in every process. A text without words points nowhere in particular. Can be told to fail.
    """

    def __init__(self, *, dimensions: int = 64, model: str = "hashing") -> None:
        self._dimensions = dimensions
        self._model = model
        self.failures: list[Exception] = []

    @property
    def model(self) -> str:
        """Its name."""
        return self._model

    @property
    def dimensions(self) -> int:
        """Length of its vectors."""
        return self._dimensions

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> list[Vector]:
        """Return one unit-length vector a text."""
        if self.failures:
            raise self.failures.pop(0)
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> Vector:
        directions = [self._direction(word) for word in _terms(text) or ["nothing"]]
        total = [sum(values) for values in zip(*directions, strict=True)]
        length = sqrt(sum(value**2 for value in total))
        return tuple(value / length for value in total)

    def _direction(self, word: str) -> list[float]:
        digits = sha256(word.encode()).digest()
        while len(digits) < self._dimensions:
            digits += sha256(digits).digest()
        return [digit / 127.5 - 1 for digit in digits[: self._dimensions]]


def _terms(text: str) -> list[str]:
    words = [word for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS]
    return [_PARTICLE.sub("", _ENGLISH_ENDING.sub("", word)) for word in words]
