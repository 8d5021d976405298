"""Turns text into vectors."""

from collections.abc import Sequence
from typing import Literal, Protocol

from bot.domain.documents import Vector


class Embedder(Protocol):
    """An embedding model. Thread-safe."""

    @property
    def model(self) -> str:
        """The model's name; vectors of different names are never compared."""

    @property
    def dimensions(self) -> int:
        """Length of its vectors."""

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> list[Vector]:
        """Return one unit-length vector a text, in order. Raises EncoderUnavailable."""
