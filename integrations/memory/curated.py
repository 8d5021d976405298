"""Curated answers in a process that forgets them."""

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

from bot.domain.conversation import Space
from bot.domain.curated import CuratedAnswer, CuratedEntry, CuratedId, CuratedMatch, Wording
from bot.domain.documents import Vector
from integrations.memory.database import CuratedRow, MemoryDatabase


class InMemoryCuratedAnswers:
    """`CuratedAnswers` over the shared rows, for a commit counts the hits."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def near(
        self, *, bare: str, vector: Vector | None, model: str, spaces: Sequence[Space], limit: int
    ) -> list[CuratedMatch]:
        """Return wordings of answers in these spaces that are not expired: the literal one first, then the nearest."""
        now = self._database.clock.now()
        found = [
            CuratedMatch(row.id, row.answer, row.created, one.text, one.bare, one.terms, _cosine(one, vector, model))
            for row in self._rows()
            if row.answer.space in spaces and row.answer.expires > now
            for one in row.wordings
        ]
        possible = [one for one in found if one.bare == bare or one.cosine > 0]
        return sorted(possible, key=lambda one: (one.bare != bare, -one.cosine, one.id))[:limit]

    def keep(self, answer: CuratedAnswer, wordings: Sequence[Wording]) -> CuratedId:
        """Keep an answer in place of those of its space that are asked for in one of these wordings."""
        database = self._database
        with database.lock:
            asked = {one.bare for one in wordings}
            for row in self._rows():
                if row.answer.space == answer.space and asked & {one.bare for one in row.wordings}:
                    del database.curated[row.id]
            number = CuratedId(next(database.numbers))
            database.curated[number] = CuratedRow(number, answer, list(wordings), database.clock.now())
            return number

    def reword(self, number: CuratedId, wording: Wording) -> bool:
        """Add a way to ask; False where there is no such answer, or another of its space has that wording."""
        with self._database.lock:
            mine = self._database.curated.get(number)
            if mine is None:
                return False
            beside = [row for row in self._rows() if row.answer.space == mine.answer.space]
            if any(one.bare == wording.bare for row in beside for one in row.wordings):
                return False
            mine.wordings.append(wording)
            return True

    def entries(self, spaces: Sequence[Space] | None) -> list[CuratedEntry]:
        """Return the answers of these spaces (None: of all), expired ones too, oldest first."""
        return [_entry(row) for row in self._rows() if spaces is None or row.answer.space in spaces]

    def entry(self, number: CuratedId) -> CuratedEntry | None:
        """Return one answer."""
        return next((_entry(row) for row in self._rows() if row.id == number), None)

    def expire(self, number: CuratedId, at: float) -> bool:
        """Let an answer expire at that time; False where there is none."""
        with self._database.lock:
            row = self._database.curated.get(number)
            if row is not None:
                row.answer = replace(row.answer, expires=at)
            return row is not None

    def remove(self, number: CuratedId) -> bool:
        """Forget an answer; False where there is none."""
        with self._database.lock:
            return self._database.curated.pop(number, None) is not None

    def unembedded(self, *, model: str, limit: int) -> list[str]:
        """Return wordings without terms or an embedding by this model."""
        waiting = {one.text for row in self._rows() for one in row.wordings if one.model != model}
        return sorted(waiting)[:limit]

    def set_embedding(self, wording: Wording) -> None:
        """Keep terms and embedding of all wordings of this text."""
        with self._database.lock:
            for row in self._rows():
                row.wordings = [wording if one.text == wording.text else one for one in row.wordings]

    def _rows(self) -> list[CuratedRow]:
        with self._database.lock:
            return [self._database.curated[number] for number in sorted(self._database.curated)]


def _entry(row: CuratedRow) -> CuratedEntry:
    wordings = tuple(one.text for one in row.wordings)
    return CuratedEntry(row.id, row.answer, wordings, row.created, row.hits, row.last_hit)


def _cosine(wording: Wording, vector: Vector | None, model: str) -> float:
    if not vector or wording.vector is None or wording.model != model or len(wording.vector) != len(vector):
        return 0.0
    product = sum(one * other for one, other in zip(wording.vector, vector, strict=True))
    return product / (sqrt(sum(one**2 for one in wording.vector)) * sqrt(sum(one**2 for one in vector)) or 1.0)
