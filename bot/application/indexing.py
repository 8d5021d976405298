"""Takes documents in: read, split, analyse, keep; embeddings follow on the indexing queue."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from bot.domain.account import Account
from bot.domain.conversation import WORKSPACE, PersonId, Space
from bot.domain.documents import Chunk, ChunkId, Document, DocumentId, Page, Vector
from bot.domain.errors import DocumentRefused, TextRefused
from bot.ports.analyser import Analyser
from bot.ports.embedder import Embedder
from bot.ports.library import Library
from bot.retrieval.splitter import split_pages, title_of

LARGEST_DOCUMENT = 5_000_000
"""Bytes: a few thousand pages of Markdown; larger files are data or mistakes."""

LONGEST_TERM = 100
LONGEST_HEADING = 200
"""Characters: longer ones are data in the place of words; an index entry and a list line have their limits."""

_UTF16_MARKS = (BOM_UTF16_LE, BOM_UTF16_BE)
_FEW, _MOST = 0.05, 0.7
"""Shares of NUL among the bytes at even or odd places that tell UTF-16 without its mark from a binary file."""

ANALYSED_AT_ONCE = 64
EMBEDDED_AT_ONCE = 8
"""Chunks a request: small, so that a question's own embedding need not wait long behind a batch."""


class Outcome(StrEnum):
    """What became of a document."""

    ADDED = "added"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Indexed:
    """The result of `add`; document and chunks are None and 0 where nothing changed."""

    outcome: Outcome
    title: str
    document: DocumentId | None = None
    chunks: int = 0


def read(content: bytes, name: str) -> str:
    """Return a document's text: UTF-8, or UTF-16 with its mark, as Windows saves "Unicode".

    Raises DocumentRefused in one clear line: empty, too large, binary, in another encoding.
    """
    if len(content) > LARGEST_DOCUMENT:
        raise too_large(name, len(content))
    encoding = "utf-16" if content.startswith(_UTF16_MARKS) else "utf-8-sig"
    if encoding != "utf-16" and (unmarked := _unmarked_utf16(content)):
        raise DocumentRefused(
            f"{name}: skipped, this looks like UTF-16 without its byte order mark. Save it as UTF-8 and add it again, "
            f"for example: iconv -f {unmarked} -t UTF-8 OLD > NEW"
        )
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\0" in content:
            raise _binary(name) from error
        raise DocumentRefused(
            f"{name}: skipped, not UTF-8 text (byte {error.start}). Save it as UTF-8 and add it again."
        ) from error
    if "\0" in text:
        raise _binary(name)
    if not text.strip():
        raise DocumentRefused(f"{name}: skipped, the file is empty.")
    return text


def _unmarked_utf16(content: bytes) -> str | None:
    """Name the byte order where every second byte is nearly always NUL and the others never, as in Western text."""
    if len(content) < 2:
        return None
    first, second = (half.count(0) / len(half) for half in (content[::2], content[1::2]))
    if first < _FEW and second > _MOST:
        return "UTF-16LE"
    return "UTF-16BE" if second < _FEW and first > _MOST else None


def _binary(name: str) -> DocumentRefused:
    return DocumentRefused(f"{name}: skipped, this is a binary file of a kind that Maru does not read.")


def too_large(name: str, size: int) -> DocumentRefused:
    """Return the refusal of an overlong document; also for callers who know the size before reading."""
    return DocumentRefused(
        f"{name}: skipped, {size / 1e6:.0f} MB is more than the {LARGEST_DOCUMENT // 1_000_000} MB I read. Split it."
    )


def add(
    text: str | Sequence[Page],
    *,
    source: str,
    fallback_title: str,
    library: Library,
    analyser: Analyser,
    space: Space = WORKSPACE,
    owner: PersonId | None = None,
    sample: bool = False,
) -> Indexed:
    """Index a text, or the pages of one, under its source; the same text again changes nothing.

    Raises DatabaseUnavailable, EncoderUnavailable, DocumentRefused (nothing but headings, a name that is no text, or
    texts that the encoder or the database refuses).
    """
    if source != (readable := source.encode("utf-8", "backslashreplace").decode()):
        raise DocumentRefused(f"{readable}: skipped, its name is not UTF-8. Rename it and add it again.")
    pages = (Page(text),) if isinstance(text, str) else tuple(text)
    text = "\f".join(page.text for page in pages)
    title = title_of(pages[0].text, fallback_title) if pages else fallback_title
    digest = sha256(text.encode()).hexdigest()
    known = library.digest(source, space)
    if known == digest:
        return Indexed(Outcome.UNCHANGED, title[:LONGEST_HEADING])
    chunks = split_pages(pages, title)
    if not chunks:
        raise DocumentRefused(f"{source}: skipped, there is no text in it.")
    try:
        analysed = _analysed(chunks, analyser)
    except TextRefused as error:
        raise DocumentRefused(f"{source}: skipped, {error}") from error
    title = title[:LONGEST_HEADING]
    document = Document(source, title, text, digest, space=space, owner=owner, sample=sample)
    kept = library.replace(document, analysed)
    return Indexed(Outcome.REPLACED if known else Outcome.ADDED, title, kept, len(chunks))


def _analysed(chunks: list[Chunk], analyser: Analyser) -> list[Chunk]:
    """Return the chunks with their terms; headings and terms no longer than an index bears."""
    cut = [replace(one, title_path=tuple(name[:LONGEST_HEADING] for name in one.title_path)) for one in chunks]
    analysed = []
    for start in range(0, len(cut), ANALYSED_AT_ONCE):
        batch = cut[start : start + ANALYSED_AT_ONCE]
        found = analyser.analyse([f"{' '.join(chunk.title_path)}\n{chunk.text}" for chunk in batch])
        analysed += [
            replace(chunk, terms=tuple(term[:LONGEST_TERM] for term in terms))
            for chunk, terms in zip(batch, found, strict=True)
        ]
    return analysed


def embed_waiting(*, library: Library, embedder: Embedder, account: Account | None = None) -> Iterator[int]:
    """Embed the chunks that wait for it, yielding after each batch how many were done.

    account: where the calls are noted.
    Raises EncoderUnavailable, DatabaseUnavailable; what was done stays done. A text that the encoder refuses is marked
    as seen by this model: it is found by its words only, and holds no other up.
    """
    while batch := library.unembedded(model=embedder.model, limit=EMBEDDED_AT_ONCE):
        with account.embedding(embedder.model, [text for _, text in batch]) if account else nullcontext():
            embedded = _embedded(batch, embedder)
        library.set_embeddings(embedder.model, embedded)
        yield len(batch)


def _embedded(batch: list[tuple[ChunkId, str]], embedder: Embedder) -> list[tuple[ChunkId, Vector | None]]:
    try:
        vectors = embedder.embed([text for _, text in batch], kind="passage")
    except TextRefused:
        if len(batch) == 1:
            return [(batch[0][0], None)]
        return [one for pair in batch for one in _embedded([pair], embedder)]
    return [(chunk, vector) for (chunk, _), vector in zip(batch, vectors, strict=True)]
