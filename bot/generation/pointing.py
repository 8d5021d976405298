"""Which lines of a passage the question is about, by meaning."""

from bot.domain.documents import ChunkId, Passage, Vector
from bot.domain.sentences import sentences
from bot.ports.embedder import Embedder


class Pointer:
    """Ranks a passage's sentences and list items by their cosine to one question; each passage is embedded once."""

    def __init__(self, question: Vector, embedder: Embedder) -> None:
        self._question = question
        self._embedder = embedder
        self._ranked: dict[ChunkId, tuple[str, ...]] = {}

    def lines(self, passage: Passage) -> tuple[str, ...]:
        """Return the passage's lines, the one nearest to the question first. Raises EncoderUnavailable."""
        if passage.chunk not in self._ranked:
            lines = sentences(passage.text)
            # The heading says what a bare "Hotel: 180,000 per night" is about.
            vectors = self._embedder.embed([f"{passage.title_path[-1]}: {line}" for line in lines], kind="passage")
            nearness = {
                position: sum(a * b for a, b in zip(vector, self._question, strict=True))
                for position, vector in enumerate(vectors)
            }
            order = sorted(nearness, key=lambda position: -nearness[position])
            self._ranked[passage.chunk] = tuple(lines[position] for position in order)
        return self._ranked[passage.chunk]
