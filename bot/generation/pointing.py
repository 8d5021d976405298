"""Which lines of a passage the question is about, by meaning."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from bot.domain.account import Account
from bot.domain.documents import ChunkId, Passage, Vector
from bot.domain.sentences import sentences
from bot.ports.embedder import Embedder

MOST_KEPT = 2_000
"""Passages whose lines stay embedded: some 30 MB. A chunk's text never changes, so nothing here grows stale."""

SCORE_WEIGHT = 0.2
"""Weight of the fused score beside the nearest line's cosine, when the first few passages are put in order.
Chosen with LEAST_IDF on 150 questions over the handbook; 40 written afterwards are right with this and with 0.5."""

_ITEM = re.compile(r"(?:[-*+]|\d+[.)])\s")

Lines = tuple[tuple[str, ...], NDArray[np.float32]]
"""A passage's lines and their vectors, one row a line."""


class LineVectors:
    """Embeds the lines of passages, each passage once for all questions of a process. Thread-safe."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._kept: OrderedDict[ChunkId, Lines] = OrderedDict()
        self._lock = Lock()

    def of(self, passage: Passage, *, account: Account) -> Lines:
        """Return the passage's lines and their vectors; whoever asks first pays. Raises EncoderUnavailable."""
        with self._lock:
            if passage.chunk in self._kept:
                self._kept.move_to_end(passage.chunk)
                return self._kept[passage.chunk]
        lines = tuple(sentences(passage.text))
        # The heading says what a bare "Hotel: 180,000 per night" is about.
        texts = [f"{passage.title_path[-1]}: {line}" for line in lines]
        with account.embedding(self._embedder.model, texts):
            vectors = self._embedder.embed(texts, kind="passage")
        found = (lines, np.array(vectors, dtype=np.float32))
        with self._lock:
            self._kept[passage.chunk] = found
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return found


class Pointer:
    """Ranks the lines of passages by their cosine to one question."""

    def __init__(self, question: Vector, lines: LineVectors, *, account: Account) -> None:
        self._question = np.array(question, dtype=np.float32)
        self._lines = lines
        self._account = account

    def near(self, passage: Passage) -> tuple[tuple[str, float], ...]:
        """Return the passage's lines with their cosines, the nearest first. Raises EncoderUnavailable.

        A line that only leads into a list ("The limits are:", or whatever stands before the first item) answers
        nothing and comes last, with a cosine of -1.
        """
        lines, vectors = self._lines.of(passage, account=self._account)
        intro = next((number for number, line in enumerate(lines) if _ITEM.match(line)), 0) - 1
        cosines = [
            -1.0 if line.endswith(":") or number == intro else float(cosine)
            for number, (line, cosine) in enumerate(zip(lines, vectors @ self._question, strict=True))
        ]
        return tuple(sorted(zip(lines, cosines, strict=True), key=lambda one: -one[1]))

    def reranked(self, passages: Sequence[Passage]) -> tuple[Passage, ...]:
        """Return the passages, best first, by their nearest line beside the score they were found with.

        A passage is about several things; the line that answers is about one. Raises EncoderUnavailable.
        """
        return tuple(sorted(passages, key=lambda one: -(self.near(one)[0][1] + SCORE_WEIGHT * one.score)))
