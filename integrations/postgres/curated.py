"""Curated answers: tables curated_answer and curated_wording."""

import json
from collections.abc import Sequence
from typing import Any

from pgvector import Vector as PgVector

from bot.domain.conversation import Space
from bot.domain.curated import CuratedAnswer, CuratedEntry, CuratedId, CuratedMatch, Wording
from bot.domain.documents import Vector
from integrations.postgres.pool import Pool, borrowed
from integrations.postgres.statements import statement

_NEAR = statement("curated_near")
_KEEP = statement("curated_keep")
_WORD = statement("curated_word")
_ENTRIES = statement("curated_entries")
_UNEMBEDDED = statement("curated_unembedded")
_REPLACED = """
DELETE FROM curated_answer WHERE id IN (
    SELECT answer FROM curated_wording WHERE space = %(space)s AND bare = ANY(%(bare)s)
)
"""
_EMBED = """
UPDATE curated_wording SET terms = %(terms)s::text[], embedding = %(vector)s::halfvec, embedding_model = %(model)s
WHERE text = %(text)s
"""


class PostgresCuratedAnswers:
    """`CuratedAnswers`: one statement a look."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def near(
        self, *, bare: str, vector: Vector | None, model: str, spaces: Sequence[Space], limit: int
    ) -> list[CuratedMatch]:
        """Return wordings of answers in these spaces that are not expired: the literal one first, then the nearest."""
        values = {
            "bare": bare,
            "vector": PgVector(list(vector)) if vector else None,
            "model": model,
            "spaces": list(spaces),
            "limit": limit,
        }
        with borrowed(self._pool) as connection:
            rows = connection.execute(_NEAR, values).fetchall()
        return [
            CuratedMatch(CuratedId(row[0]), CuratedAnswer(*row[1:7]), row[7], row[8], row[9], tuple(row[10]), row[11])
            for row in rows
        ]

    def keep(self, answer: CuratedAnswer, wordings: Sequence[Wording]) -> CuratedId:
        """Keep an answer in place of those of its space that are asked for in one of these wordings."""
        values = {
            "question": answer.question,
            "answer": answer.answer,
            "language": answer.language,
            "space": answer.space,
            "owner": answer.owner,
            "expires": answer.expires,
        }
        with borrowed(self._pool) as connection, connection.transaction():
            # Two that curate the same at once: the later one waits here, and replaces.
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('curated'))")
            connection.execute(_REPLACED, {"space": answer.space, "bare": [one.bare for one in wordings]})
            row = connection.execute(_KEEP, values).fetchone()
            assert row is not None, "an insert returns its row"
            for one in wordings:
                connection.execute(_WORD, {**_values(one), "answer": row[0]})
        return CuratedId(row[0])

    def reword(self, number: CuratedId, wording: Wording) -> bool:
        """Add a way to ask; False where there is no such answer, or another of its space has that wording."""
        with borrowed(self._pool) as connection:
            return connection.execute(_WORD, {**_values(wording), "answer": number}).rowcount > 0

    def entries(self, spaces: Sequence[Space] | None) -> list[CuratedEntry]:
        """Return the answers of these spaces (None: of all), expired ones too, oldest first."""
        return self._read(spaces=None if spaces is None else list(spaces), number=None)

    def entry(self, number: CuratedId) -> CuratedEntry | None:
        """Return one answer."""
        return next(iter(self._read(spaces=None, number=number)), None)

    def expire(self, number: CuratedId, at: float) -> bool:
        """Let an answer expire at that time (seconds since the epoch); False where there is none."""
        with borrowed(self._pool) as connection:
            sql = "UPDATE curated_answer SET expires_at = to_timestamp(%s) WHERE id = %s"
            return connection.execute(sql, (at, number)).rowcount > 0

    def remove(self, number: CuratedId) -> bool:
        """Forget an answer; False where there is none."""
        with borrowed(self._pool) as connection:
            return connection.execute("DELETE FROM curated_answer WHERE id = %s", (number,)).rowcount > 0

    def unembedded(self, *, model: str, limit: int) -> list[str]:
        """Return wordings without terms or an embedding by this model."""
        with borrowed(self._pool) as connection:
            return [row[0] for row in connection.execute(_UNEMBEDDED, {"model": model, "limit": limit})]

    def set_embedding(self, wording: Wording) -> None:
        """Keep terms and embedding of all wordings of this text."""
        with borrowed(self._pool) as connection:
            connection.execute(_EMBED, _values(wording))

    def _read(self, **values: Any) -> list[CuratedEntry]:
        with borrowed(self._pool) as connection:
            rows = connection.execute(_ENTRIES, values).fetchall()
        return [CuratedEntry(CuratedId(row[0]), CuratedAnswer(*row[1:7]), tuple(row[7]), *row[8:]) for row in rows]


def _values(wording: Wording) -> dict[str, object]:
    return {
        "text": wording.text,
        "bare": wording.bare,
        "terms": list(wording.terms),
        "vector": None if wording.vector is None else json.dumps(wording.vector),
        "model": wording.model,
    }
