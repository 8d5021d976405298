"""Which lines of a passage the question is about, by meaning."""

from collections import OrderedDict
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from bot.domain.documents import ChunkId, Passage, Vector
from bot.domain.sentences import sentences
from bot.ports.embedder import Embedder

MOST_KEPT = 2_000
"""Passages whose lines stay embedded: some 30 MB. A chunk's text never changes, so nothing here grows stale."""

Lines = tuple[tuple[str, ...], NDArray[np.float32]]
"""A passage's lines and their vectors, one row a line."""


class LineVectors:
    """Embeds the lines of passages, each passage once for all questions of a process. Thread-safe."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._kept: OrderedDict[ChunkId, Lines] = OrderedDict()
        self._lock = Lock()

    def of(self, passage: Passage) -> Lines:
        """Return the passage's lines and their vectors. Raises EncoderUnavailable."""
        with self._lock:
            if passage.chunk in self._kept:
                self._kept.move_to_end(passage.chunk)
                return self._kept[passage.chunk]
        lines = tuple(sentences(passage.text))
        # The heading says what a bare "Hotel: 180,000 per night" is about.
        vectors = self._embedder.embed([f"{passage.title_path[-1]}: {line}" for line in lines], kind="passage")
        found = (lines, np.array(vectors, dtype=np.float32))
        with self._lock:
            self._kept[passage.chunk] = found
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found


class Pointer:
    """Ranks the lines of passages by their cosine to one question."""

    def __init__(self, question: Vector, lines: LineVectors) -> None:
        self._question = np.array(question, dtype=np.float32)
        self._lines = lines

    def lines(self, passage: Passage) -> tuple[str, ...]:
        """Return the passage's lines, the one nearest to the question first. Raises EncoderUnavailable."""
        lines, vectors = self._lines.of(passage)
        return tuple(lines[position] for position in np.argsort(-(vectors @ self._question), kind="stable"))
