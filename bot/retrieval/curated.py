"""The curated answers and how they are matched: literally, or by words and meaning together."""

from collections.abc import Sequence

from bot.domain.conversation import Space
from bot.domain.curated import CuratedAnswer, CuratedId, CuratedMatch, Wording
from bot.domain.documents import Vector
from bot.domain.errors import EncoderUnavailable, TextRefused
from bot.ports.analyser import Analyser
from bot.ports.clock import Clock
from bot.ports.curated_answers import CuratedAnswers
from bot.ports.embedder import Embedder
from bot.retrieval.alike import Phrasing, alike, bare

LOOKED_AT = 5
"""Nearest wordings of which one may be the question; what the same words ask is among the first, or nowhere."""

EMBEDDED_AT_ONCE = 8

LIFE_DAYS = 180
"""How long an answer is given unless somebody says otherwise: long enough to be worth it, and not for ever."""


class CuratedDesk:
    """Gives, takes and words curated answers. Thread-safe, for it holds nothing but its ports."""

    def __init__(self, store: CuratedAnswers, *, embedder: Embedder, analyser: Analyser, clock: Clock) -> None:
        self.store = store
        self._embedder, self._analyser, self._clock = embedder, analyser, clock

    def match(self, question: str, vector: Vector, spaces: Sequence[Space]) -> CuratedMatch | None:
        """Return the answer to the question that these spaces hold, if surely one does. Raises EncoderUnavailable.

        vector: the question's embedding, empty where there is none; then only the same words match.
        """
        near = self.store.near(
            bare=bare(question), vector=vector or None, model=self._embedder.model, spaces=spaces, limit=LOOKED_AT
        )
        if not near or near[0].bare == bare(question):
            return near[0] if near else None
        terms = self._analyser.analyse([question])[0]  # the search asks for the same, so this costs nothing more
        asked = Phrasing(question, terms)
        return next((one for one in near if alike(asked, Phrasing(one.wording, one.terms), cosine=one.cosine)), None)

    def literal(self, question: str, spaces: Sequence[Space]) -> CuratedMatch | None:
        """Return the answer whose question is the same but for case, spaces and punctuation; asks no encoder."""
        near = self.store.near(bare=bare(question), vector=None, model=self._embedder.model, spaces=spaces, limit=1)
        return near[0] if near and near[0].bare == bare(question) else None

    def curate(self, answer: CuratedAnswer) -> CuratedId:
        """Keep an answer in place of an earlier one to the same question; without the encoder, to be embedded later."""
        return self.store.keep(answer, [self._wording(answer.question)])

    def reword(self, number: CuratedId, text: str) -> bool:
        """Add a way to ask; False where there is no such answer, or the wording is taken."""
        return self.store.reword(number, self._wording(text))

    def embed_waiting(self) -> int:
        """Analyse and embed the wordings that wait for it; return how many. Raises EncoderUnavailable."""
        done = 0
        while batch := self.store.unembedded(model=self._embedder.model, limit=EMBEDDED_AT_ONCE):
            for text in batch:
                self.store.set_embedding(self._worked_out(text))
            done += len(batch)
        return done

    def lasting(self, days: int = LIFE_DAYS) -> float:
        """Return when an answer that is curated now expires, in seconds since the epoch."""
        return self._clock.now() + days * 86_400

    def _wording(self, text: str) -> Wording:
        try:
            return self._worked_out(text)
        except EncoderUnavailable:
            return Wording(text, bare(text))

    def _worked_out(self, text: str) -> Wording:
        try:
            terms = self._analyser.analyse([text])[0]
            vector = self._embedder.embed([text], kind="query")[0]
        except TextRefused:
            return Wording(text, bare(text), model=self._embedder.model)
        return Wording(text, bare(text), terms, vector, self._embedder.model)
