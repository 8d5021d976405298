"""Turns text into search terms."""

from collections.abc import Sequence
from typing import Protocol


class Analyser(Protocol):
    """Korean morphemes, English stems, code identifiers whole; stop words dropped. Thread-safe."""

    def analyse(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Return each text's terms in order, with repetitions. Raises EncoderUnavailable."""
