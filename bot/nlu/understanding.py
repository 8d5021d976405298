"""What a message asks for: language, skill by nearest example, and a question that stands alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from bot.domain.account import Account
from bot.domain.documents import Vector
from bot.domain.language import Language
from bot.domain.skills import Skill
from bot.nlu.follow_up import standalone
from bot.nlu.language import language_of
from bot.ports.embedder import Embedder

KNOWLEDGE = "answer-from-knowledge"
CHATTER = "chatter"

_MOST_WORDS = 8
"""Longer messages are never small talk: a question may start with a greeting."""

_NO_WORD = re.compile(r"[ㄱ-ㅣ]*")
"""Nothing, or letters that make no syllable: laughter, sobs, a hand that slipped."""

_DECORATION = re.compile(r"[\s!?.,~^:;)(ㅎㅋ❤️🙏👍😊]+|\bmaru\b|마루(야|님)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Understanding:
    """`question` stands alone, rewritten if need be; `vector`: its embedding, empty for literal small talk."""

    language: Language
    skill: str
    question: str
    vector: Vector


class Understander:
    """Nearest examples first: one embedding a message, no model. One a process; thread-safe.

    The examples are embedded when a message first needs them, so that what needs no embedding works without it.
    """

    def __init__(self, skills: Sequence[Skill], embedder: Embedder, *, margin: float) -> None:
        """`margin`: by how much (cosine) small talk must be nearer than any question."""
        self._labelled = [(skill.name, example) for skill in skills for example in skill.examples]
        self._embedder = embedder
        self._margin = margin
        self._literal = {_bare(example): name for name, example in self._labelled if name != KNOWLEDGE}
        self._matrix: NDArray[np.float32] | None = None
        self._lock = Lock()

    def warm(self) -> None:
        """Embed the examples now. Raises EncoderUnavailable."""
        self._examples()

    def understand(self, text: str, topic: str | None, *, account: Account) -> Understanding:
        """Understand one message after a conversation about `topic`. Raises EncoderUnavailable."""
        bare = _bare(text)
        literal = self._literal.get(bare, CHATTER if _NO_WORD.fullmatch(bare) else None)
        if literal is not None:
            return Understanding(language_of(text), literal, text, ())
        question = standalone(text, topic)
        with account.embedding(self._embedder.model, [question]):
            vector = self._embedder.embed([question], kind="query")[0]
        return Understanding(language_of(text), self._nearest(text, vector), question, vector)

    def _nearest(self, text: str, vector: Vector) -> str:
        if len(text.split()) > _MOST_WORDS:
            return KNOWLEDGE
        best: dict[str, float] = {}
        cosines = self._examples() @ np.array(vector, dtype=np.float32)
        for (name, _), cosine in zip(self._labelled, cosines, strict=True):
            best[name] = max(best.get(name, -1.0), float(cosine))
        knowledge = best.pop(KNOWLEDGE, -1.0)
        name, score = max(best.items(), key=lambda item: item[1])
        return name if score >= knowledge + self._margin else KNOWLEDGE

    def _examples(self) -> NDArray[np.float32]:
        with self._lock:
            if self._matrix is None:
                vectors = self._embedder.embed([example for _, example in self._labelled], kind="query")
                self._matrix = np.array(vectors, dtype=np.float32)
            return self._matrix


def _bare(text: str) -> str:
    return _DECORATION.sub("", text).casefold()
