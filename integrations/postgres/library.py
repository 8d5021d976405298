"""Documents, chunks and postings in Postgres, and the one search over them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from pgvector import Vector as PgVector

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
from bot.domain.errors import DocumentRefused
from bot.ports.chunk_index import Candidates
from integrations.postgres.pool import Connection, Pool, borrowed
from integrations.postgres.statements import statement

_READABLE = statement("readable")
_SEARCH = statement("search")
_SPACE_KEEP = statement("space_keep")
_DOCUMENT_KEEP = statement("document_keep")
_TERMS_KEEP = statement("terms_keep")
_CHUNKS_KEEP = statement("chunks_keep")
_DOCUMENTS = statement("documents")
_REMOVE = statement("document_remove")
_COUNTS = statement("library_counts")
_WAITS = statement("library_waits")
_UNEMBEDDED = statement("unembedded")
_SET_EMBEDDINGS = statement("embeddings_set")

_MOST_POSTINGS = 10_000
"""Postings by which the words of a question find chunks, see search.sql: 0.3 µs each."""

_MOST_COMPARED = 20_000
"""Readable chunks up to which the question is compared with every one, 0.4 µs each: exact. With more so is it where
less than a quarter of all may be read, for the index of all vectors would have to pass over the others; else that is
asked, and goes on until enough of what it finds may be read."""

_NO_MEANING = "SELECT NULL::bigint AS id WHERE false"
_BY_MEANING = """
    (SELECT id FROM chunk
     WHERE (SELECT few FROM readable)
       AND vector_dims(embedding) = {d} AND embedding_model = %(model)s
       AND space = ANY((SELECT ids FROM readable)::int[])
     ORDER BY (embedding::halfvec({d}) <=> %(vector)s::halfvec({d})) + 0 LIMIT %(limit)s)
    UNION ALL
    (SELECT id FROM chunk
     WHERE NOT (SELECT few FROM readable)
       AND vector_dims(embedding) = {d} AND embedding_model = %(model)s
       AND space + 0 = ANY((SELECT ids FROM readable)::int[])
     ORDER BY embedding::halfvec({d}) <=> %(vector)s::halfvec({d}) LIMIT %(limit)s)
"""
_COSINE = """
    CASE WHEN vector_dims(c.embedding) = {d} AND c.embedding_model = %(model)s
         THEN 1 - (c.embedding::halfvec({d}) <=> %(vector)s::halfvec({d})) ELSE 0 END
"""


def _search_sql(dimensions: int | None) -> LiteralString:
    """A type's length cannot be a parameter, so the vector's size is written into the statement."""
    if dimensions is None:
        text = _SEARCH.format(by_meaning=_NO_MEANING, cosine="0.0::float8")
    else:
        size = int(dimensions)
        text = _SEARCH.format(by_meaning=_BY_MEANING.format(d=size), cosine=_COSINE.format(d=size))
    return text


class PostgresChunkIndex:
    """`ChunkIndex`: BM25 over postings and cosine over halfvec, as a role that cannot read any other space.

    The role is taken and the search is made in one round trip; both end with it, for the pipeline is one transaction.
    """

    def __init__(self, pool: Pool, *, model: str) -> None:
        self._pool = pool
        self._model = model

    def search(self, *, terms: Sequence[str], vector: Vector | None, spaces: Sequence[Space], limit: int) -> Candidates:
        """Return up to `limit` candidates from each side, best fused order left to the retriever."""
        values = {
            "terms": list(terms),
            "spaces": list(spaces),
            "limit": limit,
            "model": self._model,
            "most": _MOST_POSTINGS,
            "compared": _MOST_COMPARED,
            "vector": PgVector(list(vector)) if vector is not None else None,
        }
        with _reading(self._pool, spaces) as connection:
            found = connection.execute(_search_sql(len(vector) if vector is not None else None), values)
        rows = found.fetchall()
        passages = tuple(
            Passage(
                chunk=ChunkId(row[0]),
                document=DocumentId(row[1]),
                source=row[2],
                title_path=tuple(row[3]),
                text=row[4],
                sample=row[5],
                lexical=row[6],
                dense=row[7],
                space=Space(row[10]),
                dated=row[11],
                owner=row[12],
                page=row[13],
            )
            for row in rows
        )
        return Candidates(
            passages=passages,
            idf=json.loads(rows[0][9] or "{}") if rows else {},  # every row carries it: decoded once
            matched=tuple(frozenset(row[8]) for row in rows),
        )

    def empty(self, spaces: Sequence[Space]) -> bool:
        """Tell whether these spaces hold no chunk at all."""
        with _reading(self._pool, spaces) as connection:
            found = connection.execute("SELECT FROM space WHERE name = ANY(%s) AND chunks > 0 LIMIT 1", (list(spaces),))
        return found.fetchone() is None


@contextmanager
def _reading(pool: Pool, spaces: Sequence[Space]) -> Iterator[Connection]:
    """Lend a connection that reads the rows of these spaces only, to the end of the block."""
    with borrowed(pool) as connection, connection.pipeline():
        connection.execute(_READABLE, {"spaces": list(spaces)})
        yield connection


class PostgresLibrary:
    """`Library` over tables document, chunk, term and posting."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def digest(self, source: str, space: Space) -> str | None:
        """Return the digest of the document kept under this source."""
        with borrowed(self._pool) as connection:
            row = connection.execute(
                "SELECT digest FROM document WHERE space = %s AND source = %s", (space, source)
            ).fetchone()
        return row[0] if row else None

    def replace(self, document: Document, chunks: Sequence[Chunk]) -> DocumentId:
        """Keep the document in place of the one with the same source, in one transaction."""
        values = {
            "source": document.source,
            "title": document.title,
            "digest": document.digest,
            "space": document.space,
            "owner": document.owner,
            "sample": document.sample,
        }
        with borrowed(self._pool) as connection, _document_named(document.source):
            # Terms are only ever added, each once and in sorted order: two indexers cannot deadlock on them.
            connection.execute(_TERMS_KEEP, {"terms": sorted({term for chunk in chunks for term in chunk.terms})})
            connection.execute(_SPACE_KEEP, values)
            with connection.transaction():
                connection.execute("SELECT lock_space(id) FROM space WHERE name = %(space)s", values)
                row = connection.execute(_DOCUMENT_KEEP, values).fetchone()
                assert row is not None, "an upsert returns its row"
                connection.execute("DELETE FROM chunk WHERE document = %s", row)
                connection.execute(_CHUNKS_KEEP, {**_columns(chunks), "document": row[0], "space": document.space})
        return DocumentId(row[0])

    def documents(self, spaces: Sequence[Space], *, limit: int | None = None) -> list[DocumentSummary]:
        """List the documents of these spaces, newest first; with a limit, no more than so many."""
        with borrowed(self._pool) as connection:
            rows = connection.execute(_DOCUMENTS, {"spaces": list(spaces), "limit": limit}).fetchall()
        return [DocumentSummary(*row) for row in rows]

    def how_many(self, spaces: Sequence[Space]) -> int:
        """Count the documents of these spaces."""
        with borrowed(self._pool) as connection:
            row = connection.execute("SELECT count(*) FROM document WHERE space = ANY(%s)", (list(spaces),)).fetchone()
        return int(row[0]) if row else 0

    def remove(self, document: DocumentId, spaces: Sequence[Space]) -> DocumentSummary | None:
        """Forget a document of these spaces; None if it is not there."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_REMOVE, {"document": document, "spaces": list(spaces)}).fetchone()
        return DocumentSummary(*row) if row else None

    def spaces(self) -> list[Space]:
        """Name the spaces that hold documents."""
        with borrowed(self._pool) as connection:
            rows = connection.execute("SELECT name FROM space WHERE chunks > 0 ORDER BY name").fetchall()
        return [Space(row[0]) for row in rows]

    def counts(self, model: str, *, spaces: Sequence[Space] | None = None) -> LibraryCounts:
        """Count documents and chunks, and of these the ones that wait for their embedding by this model."""
        with borrowed(self._pool) as connection:
            row = connection.execute(
                _COUNTS, {"model": model, "spaces": None if spaces is None else list(spaces)}
            ).fetchone()
        assert row is not None, "an aggregate returns one row"
        return LibraryCounts(documents=row[0], chunks=row[1], unembedded=row[2])

    def waits(self, model: str) -> bool:
        """Tell whether any chunk waits for its embedding by this model."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_WAITS, {"model": model}).fetchone()
        return bool(row and row[0])

    def unembedded(self, *, model: str, limit: int) -> list[tuple[ChunkId, str]]:
        """Return chunks without an embedding by this model."""
        with borrowed(self._pool) as connection:
            rows = connection.execute(_UNEMBEDDED, {"model": model, "limit": limit}).fetchall()
        return [(ChunkId(row[0]), row[1]) for row in rows]

    def set_embeddings(self, model: str, embeddings: Sequence[tuple[ChunkId, Vector | None]]) -> None:
        """Keep the embeddings, None where the model refused the text; chunks removed meanwhile are passed over."""
        values = {
            "model": model,
            "ids": [chunk for chunk, _ in embeddings],
            "embeddings": [None if vector is None else json.dumps(vector) for _, vector in embeddings],
        }
        with borrowed(self._pool) as connection:
            connection.execute(_SET_EMBEDDINGS, values)


@contextmanager
def _document_named(source: str) -> Iterator[None]:
    """Say what the database refuses of a document as the document's refusal: another try would end the same way."""
    try:
        yield
    except psycopg.errors.QueryCanceled as error:
        raise DocumentRefused(
            f"{source}: skipped, keeping it took the database too long. Split it and add the parts."
        ) from error
    except (psycopg.errors.ProgramLimitExceeded, psycopg.DataError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise DocumentRefused(f"{source}: skipped, the database cannot keep it ({reason}).") from error


def _columns(chunks: Sequence[Chunk]) -> dict[str, list[str] | list[int | None]]:
    return {
        "paths": [json.dumps(chunk.title_path) for chunk in chunks],
        "texts": [chunk.text for chunk in chunks],
        "terms": [json.dumps(chunk.terms) for chunk in chunks],
        "pages": [chunk.page for chunk in chunks],
    }
