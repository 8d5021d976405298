"""The words of a message as numbers: n-grams of words and letters, hashed into a short vector.

An embedding blurs names and rare words ("w-2", "cortisol", "재고"); their letters do not. A count sketch
(Charikar 2002): every n-gram adds its weight, with a sign, to one of `SKETCH` places; by the signs, collisions cancel
out on average.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SKETCH = 1024
"""Numbers of a sketch."""

_LETTERS = (3, 4, 5)
_KOREAN_LETTERS = (1, 2, 3)
"""Lengths of letter n-grams: a Korean syllable says as much as two or three Latin letters."""

_WORD = re.compile(r"\w+")
_HANGUL = re.compile(r"[가-힣]")
_SIGN_BIT = 1 << 31


class Wording:
    """Weighs n-grams by how rare they were among the texts it was made from."""

    def __init__(self, texts: Iterable[str]) -> None:
        counts: Counter[int] = Counter()
        total = 0
        for text in texts:
            counts.update(set(_hashes(text)))
            total += 1
        rarest = float(np.log(max(total, 2)))
        self._weights = {code: rarest - float(np.log(count)) for code, count in counts.items()}
        self._rarest = rarest

    def sketch(self, text: str) -> Floats:
        """Return the text's vector of `SKETCH` numbers: unit length, or zero for a text without words."""
        vector = np.zeros(SKETCH, dtype=np.float32)
        for code in set(_hashes(text)):
            weight = self._weights.get(code, self._rarest)
            vector[code % SKETCH] += weight if code & _SIGN_BIT else -weight
        length = float(np.linalg.norm(vector))
        return vector / length if length else vector


def _hashes(text: str) -> Iterator[int]:
    return (crc32(gram.encode()) for gram in _grams(text))


def _grams(text: str) -> Iterator[str]:
    words = _WORD.findall(text.casefold())
    if not words:
        return
    yield from (f"w{word}" for word in words)
    yield from (f"b{one} {other}" for one, other in zip(["^", *words], [*words, "$"], strict=True))
    for word in words:
        framed = f"<{word}>"
        for length in _KOREAN_LETTERS if _HANGUL.search(word) else _LETTERS:
            yield from (f"c{framed[at : at + length]}" for at in range(len(framed) - length + 1))
