"""The curated answers, kept in spaces as documents are."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.conversation import Space
from bot.domain.curated import CuratedAnswer, CuratedEntry, CuratedId, CuratedMatch, Wording
from bot.domain.documents import Vector


class CuratedAnswers(Protocol):
    """Live everywhere at once: nothing is kept in a process. Every method raises DatabaseUnavailable."""

    def near(
        self, *, bare: str, vector: Vector | None, model: str, spaces: Sequence[Space], limit: int
    ) -> list[CuratedMatch]:
        """Return wordings of answers in these spaces that are not expired: one that is literally the same first, then
        the nearest, at most `limit`. No space given = nothing (fails closed)."""

    def keep(self, answer: CuratedAnswer, wordings: Sequence[Wording]) -> CuratedId:
        """Keep an answer in place of those of its space that are asked for in one of these wordings."""

    def reword(self, number: CuratedId, wording: Wording) -> bool:
        """Add a way to ask; False where there is no such answer, or another of its space has that wording."""

    def entries(self, spaces: Sequence[Space] | None) -> list[CuratedEntry]:
        """Return the answers of these spaces (None: of all), expired ones too, oldest first."""

    def entry(self, number: CuratedId) -> CuratedEntry | None:
        """Return one answer."""

    def expire(self, number: CuratedId, at: float) -> bool:
        """Let an answer expire at that time (seconds since the epoch); False where there is none."""

    def remove(self, number: CuratedId) -> bool:
        """Forget an answer; False where there is none."""

    def unembedded(self, *, model: str, limit: int) -> list[str]:
        """Return wordings without terms or an embedding by this model."""

    def set_embedding(self, wording: Wording) -> None:
        """Keep terms and embedding of all wordings of this text."""
