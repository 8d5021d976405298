"""What a message asks for: language, skill by nearest example, and a question that stands alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.domain.documents import Vector
from bot.domain.language import Language
from bot.domain.skills import Skill
from bot.nlu.follow_up import standalone
from bot.nlu.language import language_of
from bot.ports.embedder import Embedder

KNOWLEDGE = "answer-from-knowledge"

_MOST_WORDS = 8
"""Longer messages are never small talk: a question may start with a greeting."""

_DECORATION = re.compile(r"[\s!?.,~^:;)(ㅎㅋ❤️🙏👍😊]+|\bmaru\b|마루(야|님)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Understanding:
    """`question` stands alone, rewritten if need be; `vector`: its embedding."""

    language: Language
    skill: str
    question: str
    vector: Vector


class Understander:
    """Nearest examples first: one embedding a message, no model. Made once a process; thread-safe."""

    def __init__(self, skills: Sequence[Skill], embedder: Embedder, *, margin: float) -> None:
        """`margin`: by how much (cosine) small talk must be nearer than any question."""
        labelled = [(skill.name, example) for skill in skills for example in skill.examples]
        self._embedder = embedder
        self._margin = margin
        self._literal = {_bare(example): name for name, example in labelled if name != KNOWLEDGE}
        vectors = embedder.embed([example for _, example in labelled], kind="query")
        self._names = [name for name, _ in labelled]
        self._matrix = np.array(vectors, dtype=np.float32)

    def understand(self, text: str, topic: str | None) -> Understanding:
        """Understand one message after a conversation about `topic`. Raises EncoderUnavailable."""
        question = standalone(text, topic)
        vector = self._embedder.embed([question], kind="query")[0]
        skill = self._literal.get(_bare(text)) or self._nearest(text, vector)
        return Understanding(language_of(text), skill, question, vector)

    def _nearest(self, text: str, vector: Vector) -> str:
        if len(text.split()) > _MOST_WORDS:
            return KNOWLEDGE
        best: dict[str, float] = {}
        for name, cosine in zip(self._names, self._matrix @ np.array(vector, dtype=np.float32), strict=True):
            best[name] = max(best.get(name, -1.0), float(cosine))
        knowledge = best.pop(KNOWLEDGE, -1.0)
        name, score = max(best.items(), key=lambda item: item[1])
        return name if score >= knowledge + self._margin else KNOWLEDGE


def _bare(text: str) -> str:
    return _DECORATION.sub("", text).casefold()
