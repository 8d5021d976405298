"""What Maru knows: documents, the chunks they are split into, and the passages a search returns."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from bot.domain.conversation import WORKSPACE, PersonId, Space

DocumentId = NewType("DocumentId", int)
ChunkId = NewType("ChunkId", int)

NOBODYS = Space("")
"""Of a passage that no search found: no reader may read it."""

Vector = tuple[float, ...]
"""An embedding, unit length."""


class Kind(StrEnum):
    """What a file holds, by its content; the values are what people call it."""

    TEXT = "text"
    CODE = "source code"
    CSV = "CSV"
    HTML = "HTML"
    EMAIL = "e-mail"
    PDF = "PDF"
    DOCX = "Word"
    PPTX = "PowerPoint"
    XLSX = "Excel"


@dataclass(frozen=True, slots=True)
class Page:
    """A page, slide or sheet as Markdown. number: from 1; None where a document has no pages."""

    text: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's text. title: what the file calls itself. unread: pages that hold pictures only (scans), left out."""

    pages: tuple[Page, ...]
    title: str | None = None
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """A text before it is split.

    source: its name to people and its identity within a space (a path, or `note:<hash>` for text added in chat).
    digest: SHA-256 of the text in hex; the same digest means nothing changed.
    """

    source: str
    title: str
    text: str
    digest: str
    space: Space = WORKSPACE
    owner: PersonId | None = None
    sample: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document under one heading.

    title_path: the document's title and the headings above the text, outermost first.
    terms: the analyser's terms of title path and text, with repetitions (BM25 counts them).
    page: the page, slide or sheet it is on, from 1; None where the document has none.
    """

    title_path: tuple[str, ...]
    text: str
    terms: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that a search found. Scores: BM25 (0 or more), cosine (-1 to 1), and what fusion made of both.

    space: where it lies; what is said of it later depends on who may read that.
    dated: when the document was last added, in seconds since the epoch. page: in a document that has pages.
    """

    chunk: ChunkId
    document: DocumentId
    source: str
    title_path: tuple[str, ...]
    text: str
    sample: bool
    lexical: float = 0.0
    dense: float = 0.0
    score: float = 0.0
    space: Space = NOBODYS
    dated: float | None = None
    owner: PersonId | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """One line of `kb list`."""

    id: DocumentId
    source: str
    title: str
    chunks: int
    sample: bool


@dataclass(frozen=True, slots=True)
class LibraryCounts:
    """How much Maru knows, and how many chunks still wait for their embedding (found by words only until then)."""

    documents: int
    chunks: int
    unembedded: int
