"""What a message asks for: language, skill by nearest example, and a question that stands alone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from bot.domain.account import Account
from bot.domain.documents import Vector
from bot.domain.language import Language
from bot.domain.skills import Skill
from bot.nlu.follow_up import standalone
from bot.nlu.language import language_of
from bot.nlu.mood import asks_for, points
from bot.ports.embedder import Embedder

KNOWLEDGE = "answer-from-knowledge"
CHATTER = "chatter"

BAND = 0.02
"""Cosine. Two skills that are nearer to each other than this are both possible: somebody has to choose."""

VERBATIM = 0.995
"""Cosine from which a message is an example itself, give or take a comma."""

PASTED = 0.05
"""Cosine by which a skill may be further off than a question where a text stands there to be worked on."""

_MOST_WORDS = 8
"""Longer messages are never small talk: a question may start with a greeting."""

_EDGE_WORDS = 12
"""English says what it wants first, Korean last; what lies between may be anything, pasted text above all."""

_PASTED = re.compile(r"```|^>|[:：]\s+\S|[\"“「][^\"”」]{2,}[\"”」]|'[^']{4,}'|\n[ \t]*\S", re.MULTILINE)
"""A text to be worked on: fenced, quoted, or behind a colon."""

_HEAD = re.compile(r"\s*([^\n:：]{4,120})[:：\n]")
"""What comes before a pasted text says what is wanted of it."""

_NO_WORD = re.compile(r"[ㄱ-ㅣ]*")
"""Nothing, or letters that make no syllable: laughter, sobs, a hand that slipped."""

_DECORATION = re.compile(r"[\s!?.,~^:;)(ㅎㅋ❤️🙏👍😊]+|\bmaru\b|마루(야|님)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Understanding:
    """`question` stands alone, rewritten if need be; `vector`: its embedding, empty where words alone decided.

    score: of the nearest example, cosine; 1.0 where the words themselves are known. rivals: skills as near as `skill`,
    the nearest first, so that a model or the person must choose.
    """

    language: Language
    skill: str
    question: str
    vector: Vector
    score: float = 1.0
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Examples:
    """The examples, embedded, skill after skill. starts: the first row of each. skills: those of that moment."""

    skills: Mapping[str, Skill]
    names: tuple[str, ...]
    matrix: NDArray[np.float32]
    starts: NDArray[np.intp]


class Understander:
    """Nearest examples first: one embedding a message, no model. One a process; thread-safe.

    The examples are embedded when a message first needs them, so that what needs no embedding works without it.
    """

    def __init__(self, skills: Sequence[Skill], embedder: Embedder, *, margin: float) -> None:
        """`margin`: by how much (cosine) small talk must be nearer than any question."""
        self._embedder = embedder
        self._margin = margin
        self._lock = Lock()
        self._vectors: dict[str, Vector] = {}
        self.learn(skills)

    def learn(self, skills: Sequence[Skill]) -> None:
        """Understand these skills from now on, and no others; their examples are embedded when first needed."""
        literal = {_bare(one): skill.name for skill in skills if _small_talk(skill) for one in skill.examples}
        with self._lock:
            self._skills = {skill.name: skill for skill in skills}
            self._literal = literal
            self._examples: _Examples | None = None

    def with_skills(self, skills: Sequence[Skill]) -> "Understander":
        """Return another that understands these; what is embedded already is not embedded again."""
        other = Understander(skills, self._embedder, margin=self._margin)
        other._vectors = dict(self._vectors)
        return other

    def skill(self, name: str) -> Skill:
        """Return a skill by its name. Raises KeyError."""
        return self._skills[name]

    @property
    def skills(self) -> tuple[Skill, ...]:
        """The skills that are understood now."""
        return tuple(self._skills.values())

    def warm(self) -> None:
        """Embed the examples now. Raises EncoderUnavailable."""
        self._embedded()

    def understand(self, text: str, topic: str | None, *, account: Account) -> Understanding:
        """Understand one message after a conversation about `topic`. Raises EncoderUnavailable."""
        bare = _bare(text)
        literal = self._literal.get(bare, CHATTER if _NO_WORD.fullmatch(bare) else None)
        if literal is not None:
            return Understanding(language_of(text), literal, text, ())
        question = standalone(text, topic)
        edge = _edge(text)
        texts = [question] if edge == question else [question, edge]
        with account.embedding(self._embedder.model, texts):
            vector, *rest = self._embedder.embed(texts, kind="query")
        skill, score, rivals = self._nearest(text, edge, rest[0] if rest else vector)
        return Understanding(language_of(text), skill, question, vector, score, rivals)

    def _nearest(self, text: str, edge: str, vector: Vector) -> tuple[str, float, tuple[str, ...]]:
        examples = self._embedded()
        skills = examples.skills  # not the attribute: an administrator may change it meanwhile
        nearest = np.maximum.reduceat(examples.matrix @ np.array(vector, dtype=np.float32), examples.starts)
        best: dict[str, float] = dict(zip(examples.names, nearest.tolist(), strict=True))
        knowledge = best.pop(KNOWLEDGE, -1.0)
        message = _Message(text, edge)
        possible = {
            name: score - (self._margin if _small_talk(skills[name]) else 0.0)
            for name, score in best.items()
            if message.may_mean(skills[name], score)
        }
        meant = any(_meant(skills[name], text) for name in possible)
        possible[KNOWLEDGE] = knowledge - (PASTED if meant else 0.0)
        order = sorted(possible, key=lambda name: -possible[name])
        first = order[0]
        near = tuple(name for name in order[1:] if possible[first] - possible[name] < BAND)
        rivals = () if _fixed(skills, first) else tuple(name for name in near if not _fixed(skills, name))
        return first, best.get(first, knowledge), rivals

    def _embedded(self) -> _Examples:
        with self._lock:
            if self._examples is None:
                named = [(skill.name, example) for skill in self._skills.values() for example in skill.examples]
                new = [example for _, example in named if example not in self._vectors]
                self._vectors.update(zip(new, self._embedder.embed(new, kind="query") if new else (), strict=True))
                matrix = np.array([self._vectors[example] for _, example in named], dtype=np.float32)
                counts = [len(skill.examples) for skill in self._skills.values()]
                starts = np.cumsum([0, *counts[:-1]], dtype=np.intp)
                self._examples = _Examples(self._skills, tuple(self._skills), matrix, starts)
            return self._examples


def _small_talk(skill: Skill) -> bool:
    """Tell whether a skill is answered with a fixed sentence: it has neither documents nor rungs nor tools."""
    return not (skill.knowledge or skill.ladder or skill.tools)


def _fixed(skills: Mapping[str, Skill], name: str) -> bool:
    return name in skills and _small_talk(skills[name])


class _Message:
    """What a message may mean at all: documents are asked in the same words as errands are given."""

    def __init__(self, text: str, edge: str) -> None:
        self._text, self._edge = text, edge
        self._small = edge.casefold()

    def may_mean(self, skill: Skill, score: float) -> bool:
        """Tell whether this skill is possible; score: its nearest example's cosine."""
        if _small_talk(skill):
            return len(self._text.split()) <= _MOST_WORDS
        if score > VERBATIM:
            return True
        return (not skill.cues or any(map(self._small.__contains__, skill.cues))) and self._wishes

    @cached_property
    def _wishes(self) -> bool:
        head = _HEAD.match(self._text)
        return asks_for(head[1] if head else self._edge) or points(self._edge)


def _meant(skill: Skill, text: str) -> bool:
    """Tell whether a possible skill is surely meant: it works on a text, and one stands there to be worked on."""
    return bool(skill.ladder) and bool(skill.cues) and _PASTED.search(text) is not None


def _edge(text: str) -> str:
    """Return the beginning and the end of a message, where it says what it wants; a short one whole."""
    words = text.split()
    if len(words) <= 2 * _EDGE_WORDS:
        return text
    return " ".join((*words[:_EDGE_WORDS], "…", *words[-_EDGE_WORDS:]))


def _bare(text: str) -> str:
    return _DECORATION.sub("", text).casefold()
