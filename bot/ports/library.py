"""The documents Maru knows."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.conversation import Space
from bot.domain.documents import Chunk, ChunkId, Document, DocumentId, DocumentSummary, LibraryCounts, Vector


class Library(Protocol):
    """Documents and their chunks; a document becomes visible whole, in one transaction."""

    def digest(self, source: str, space: Space) -> str | None:
        """Return the digest of the document kept under this source, None if there is none."""

    def replace(self, document: Document, chunks: Sequence[Chunk]) -> DocumentId:
        """Keep the document in place of the one with the same source. The first real one removes the sample."""

    def documents(self, spaces: Sequence[Space], *, limit: int | None = None) -> list[DocumentSummary]:
        """List the documents of these spaces, newest first; with a limit, no more than so many."""

    def how_many(self, spaces: Sequence[Space]) -> int:
        """Count the documents of these spaces."""

    def remove(self, document: DocumentId, spaces: Sequence[Space]) -> DocumentSummary | None:
        """Forget a document of these spaces; None if it is not there."""

    def counts(self, model: str, *, spaces: Sequence[Space] | None = None) -> LibraryCounts:
        """Count documents and chunks, and of these the ones that wait for their embedding by this model.

        spaces: of these only; None = of all, for who owns the machine.
        """

    def spaces(self) -> list[Space]:
        """Name the spaces that hold documents."""

    def waits(self, model: str) -> bool:
        """Tell whether any chunk waits for its embedding by this model; cheap, whatever the library's size."""

    def unembedded(self, *, model: str, limit: int) -> list[tuple[ChunkId, str]]:
        """Return chunks without an embedding by this model: (id, title path and text)."""

    def set_embeddings(self, model: str, embeddings: Sequence[tuple[ChunkId, Vector | None]]) -> None:
        """Keep the embeddings, None where the model refused the text; chunks removed meanwhile are passed over."""
