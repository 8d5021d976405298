"""Documents and the one search over them, in plain Python by the formulas of the real one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from math import log, sqrt
from threading import RLock

from bot.domain.conversation import Space
from bot.domain.documents import (
    Chunk,
    ChunkId,
    Document,
    DocumentId,
    DocumentSummary,
    LibraryCounts,
    Passage,
    Vector,
)
from bot.ports.chunk_index import Candidates
from bot.ports.clock import Clock

_K1, _B = 1.2, 0.75
"""BM25's saturation and length weight (Robertson & Zaragoza 2009), as in search.sql."""

_FEWEST = 20
"""A smaller library counts as one of so many chunks, as in search.sql."""


@dataclass(slots=True)
class _ChunkRow:
    id: ChunkId
    chunk: Chunk
    counts: Counter[str]
    embedding: Vector | None = None
    model: str | None = None

    @property
    def text(self) -> str:
        return f"{' › '.join(self.chunk.title_path)}\n{self.chunk.text}"


@dataclass(slots=True)
class _DocumentRow:
    id: DocumentId
    document: Document
    added: int
    dated: float | None = None
    chunks: list[_ChunkRow] = field(default_factory=list)

    def summary(self) -> DocumentSummary:
        one = self.document
        return DocumentSummary(self.id, one.source, one.title, len(self.chunks), one.sample)


class InMemoryLibrary:
    """`Library` that loses everything with its process."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock
        self.lock = RLock()
        self._rows: list[_DocumentRow] = []
        self._numbers = count(1)

    def digest(self, source: str, space: Space) -> str | None:
        """Return the digest of the document kept under this source."""
        with self.lock:
            row = self._find(source, space)
            return row.document.digest if row else None

    def replace(self, document: Document, chunks: Sequence[Chunk]) -> DocumentId:
        """Keep the document in place of the one with the same source; the first real one removes the sample."""
        with self.lock:
            if not document.sample:
                self._rows = [row for row in self._rows if not row.document.sample]
            known = self._find(document.source, document.space)
            number = known.id if known else DocumentId(next(self._numbers))
            rows = [_ChunkRow(ChunkId(next(self._numbers)), chunk, Counter(chunk.terms)) for chunk in chunks]
            self._rows = [row for row in self._rows if row is not known]
            self._rows.append(_DocumentRow(number, document, next(self._numbers), self._now(), rows))
            return number

    def document(self, number: DocumentId) -> Document | None:
        """Return a document by its number, for adapters beside this one."""
        with self.lock:
            return next((row.document for row in self._rows if row.id == number), None)

    def documents(self, spaces: Sequence[Space], *, limit: int | None = None) -> list[DocumentSummary]:
        """List the documents of these spaces, newest first; with a limit, no more than so many."""
        with self.lock:
            return [row.summary() for row in reversed(self._rows) if row.document.space in spaces][:limit]

    def how_many(self, spaces: Sequence[Space]) -> int:
        """Count the documents of these spaces."""
        return len(self.documents(spaces))

    def remove(self, document: DocumentId, spaces: Sequence[Space]) -> DocumentSummary | None:
        """Forget a document of these spaces; None if it is not there."""
        with self.lock:
            for row in self._rows:
                if row.id == document and row.document.space in spaces:
                    self._rows.remove(row)
                    return row.summary()
        return None

    def counts(self, model: str, *, spaces: Sequence[Space] | None = None) -> LibraryCounts:
        """Count documents and chunks, and of these the ones that wait for their embedding by this model."""
        with self.lock:
            rows = [row for row in self._rows if spaces is None or row.document.space in spaces]
            chunks = [chunk for row in rows for chunk in row.chunks]
            return LibraryCounts(len(rows), len(chunks), sum(chunk.model != model for chunk in chunks))

    def spaces(self) -> list[Space]:
        """Name the spaces that hold documents."""
        with self.lock:
            return sorted({row.document.space for row in self._rows})

    def waits(self, model: str) -> bool:
        """Tell whether any chunk waits for its embedding by this model."""
        return bool(self.unembedded(model=model, limit=1))

    def unembedded(self, *, model: str, limit: int) -> list[tuple[ChunkId, str]]:
        """Return chunks without an embedding by this model, oldest first."""
        with self.lock:
            waiting = [chunk for row in self._rows for chunk in row.chunks if chunk.model != model]
            return [(chunk.id, chunk.text) for chunk in sorted(waiting, key=lambda one: one.id)[:limit]]

    def set_embeddings(self, model: str, embeddings: Sequence[tuple[ChunkId, Vector | None]]) -> None:
        """Keep the embeddings, None where the model refused the text; chunks removed meanwhile are passed over."""
        with self.lock:
            rows = {chunk.id: chunk for row in self._rows for chunk in row.chunks}
            for number, vector in embeddings:
                if number in rows:
                    rows[number].embedding, rows[number].model = vector, model

    def readable(self, spaces: Sequence[Space]) -> list[tuple[_DocumentRow, _ChunkRow]]:
        """Return the chunks of these spaces with their documents."""
        return [(row, chunk) for row in self._rows if row.document.space in spaces for chunk in row.chunks]

    def _now(self) -> float | None:
        return self._clock.now() if self._clock else None

    def _find(self, source: str, space: Space) -> _DocumentRow | None:
        same = [row for row in self._rows if row.document.source == source and row.document.space == space]
        return same[0] if same else None


class InMemoryChunkIndex:
    """`ChunkIndex` over an InMemoryLibrary: every chunk is looked at."""

    def __init__(self, library: InMemoryLibrary, *, model: str) -> None:
        self._library = library
        self._model = model

    def search(self, *, terms: Sequence[str], vector: Vector | None, spaces: Sequence[Space], limit: int) -> Candidates:
        """Return up to `limit` candidates from each side, each with both scores."""
        with self._library.lock:
            rows = self._library.readable(spaces)
        idf = _idf(set(terms), [chunk for _, chunk in rows])
        average = max(sum(chunk.counts.total() for _, chunk in rows) / max(len(rows), 1), 1.0)
        found = [
            (_passage(row, chunk, lexical=_bm25(chunk, idf, average), dense=self._cosine(chunk, vector)), chunk)
            for row, chunk in rows
        ]
        by_words = sorted((one for one in found if one[0].lexical > 0), key=lambda one: -one[0].lexical)[:limit]
        near = [one for one in found if vector is not None and self._comparable(one[1], vector)]
        by_meaning = sorted(near, key=lambda one: -one[0].dense)[:limit]
        union = {passage.chunk: (passage, chunk) for passage, chunk in [*by_words, *by_meaning]}
        return Candidates(
            passages=tuple(passage for passage, _ in union.values()),
            idf=idf if union else {},
            matched=tuple(frozenset(term for term in idf if chunk.counts[term]) for _, chunk in union.values()),
        )

    def empty(self, spaces: Sequence[Space]) -> bool:
        """Tell whether these spaces hold no chunk at all."""
        with self._library.lock:
            return not self._library.readable(spaces)

    def _comparable(self, chunk: _ChunkRow, vector: Vector) -> bool:
        return chunk.embedding is not None and chunk.model == self._model and len(chunk.embedding) == len(vector)

    def _cosine(self, chunk: _ChunkRow, vector: Vector | None) -> float:
        if vector is None or chunk.embedding is None or not self._comparable(chunk, vector):
            return 0.0
        product = sum(one * other for one, other in zip(chunk.embedding, vector, strict=True))
        return product / (sqrt(sum(one**2 for one in chunk.embedding)) * sqrt(sum(one**2 for one in vector)))


def _idf(terms: set[str], chunks: Sequence[_ChunkRow]) -> dict[str, float]:
    frequency = {term: sum(chunk.counts[term] > 0 for chunk in chunks) for term in terms}
    total = max(len(chunks), _FEWEST)
    return {term: log(1 + (total - df + 0.5) / (df + 0.5)) for term, df in frequency.items()}


def _bm25(chunk: _ChunkRow, idf: dict[str, float], average: float) -> float:
    damping = _K1 * (1 - _B + _B * chunk.counts.total() / average)
    counts = {term: chunk.counts[term] for term in idf if chunk.counts[term]}
    return sum(idf[term] * found * (_K1 + 1) / (found + damping) for term, found in counts.items())


def _passage(row: _DocumentRow, chunk: _ChunkRow, *, lexical: float, dense: float) -> Passage:
    one = row.document
    return Passage(
        chunk=chunk.id,
        document=row.id,
        source=one.source,
        title_path=chunk.chunk.title_path,
        text=chunk.chunk.text,
        sample=one.sample,
        lexical=lexical,
        dense=dense,
        space=one.space,
        dated=row.dated,
        owner=one.owner,
        page=chunk.chunk.page,
    )
