"""The ladder router: where on a skill's ladder to start. It predicts, per rung, the chance that its draft is accepted.

A linear model over three blocks: the question's embedding, what the question shows (`surface`), and cosine waves of the
latter, which stand for its combinations (random Fourier features, Rahimi & Recht 2007). How much each block says is
learned: each has a penalty of its own (`bot.ensemble.router_training`). Where a rung was never tried, a prior speaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.domain.documents import Vector
from bot.domain.errors import DataRefused
from bot.domain.models import ModelEntry
from bot.ensemble.surface import SURFACE, surface

Floats = NDArray[np.float64]

Unit = Literal["usd", "seconds"]
"""What trying a rung costs: money, or where nothing has a price the time that it takes."""

THRESHOLD = 0.5
"""Where the ladder starts: at the cheapest rung whose draft is at least so likely to be accepted. Higher = dearer."""

EXPLORED = 20
"""One question in so many starts at the cheapest rung."""

LEAST_CHANCE, GREATEST_CHANCE = 0.01, 0.99
"""Nothing is certain: a rung is never ruled out for good."""

PRIOR = {"small": 0.6, "large": 0.85}
"""The chance before anything is known, of an answer over found passages; our own estimate."""

LONG_QUESTION = 400
"""Characters above which a small model is believed less: pasted texts, several conditions."""

LONG_COSTS, MATHS_COSTS, CODE_COSTS = 0.15, 0.15, 0.1
"""How much less a small model is believed there; our own estimate, forgotten as soon as there are records."""

_MATHS_AT, _CODE_AT = 10, 11
"""Places in `surface` of the counts of mathematical signs and of code."""


@dataclass(frozen=True, slots=True)
class RouterModel:
    """What was learned.

    rungs: names of models, a column of `weights` each. embedding: whose vectors it knows; width: their length.
    centre, spread: of the surface features. waves, phases: of the cosine block.
    weights: rows intercept, embedding, surface, waves. tried: how many verdicts each rung was learned from.
    curve: what each threshold would mean, rows as `bot.ensemble.tradeoff` makes them; unit: of its costs.
    """

    rungs: tuple[str, ...]
    embedding: str
    width: int
    centre: Floats
    spread: Floats
    waves: Floats
    phases: Floats
    weights: Floats
    tried: tuple[int, ...]
    curve: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    unit: Unit = "usd"

    def __post_init__(self) -> None:
        rows = 1 + self.width + SURFACE + len(self.phases)
        if self.weights.shape != (rows, len(self.rungs)) or self.centre.shape != (SURFACE,):
            raise DataRefused("The router's file was written by another version of Maru: run `maru router train`.")

    def features(self, vectors: Floats, surfaces: Floats) -> Floats:
        """Return the design matrix, a row a question."""
        shown = (surfaces - self.centre) / self.spread
        waves = np.cos(shown @ self.waves + self.phases) * np.sqrt(2 / max(len(self.phases), 1))
        return np.hstack([np.ones((len(shown), 1)), vectors, shown, waves])

    def chances(self, vectors: Floats, surfaces: Floats) -> Floats:
        """Return the chance of each rung's draft, a row a question, a column a rung."""
        return np.clip(self.features(vectors, surfaces) @ self.weights, LEAST_CHANCE, GREATEST_CHANCE)


class Router(Protocol):
    """Tells chances apart; what a turn holds."""

    @property
    def threshold(self) -> float:
        """The chance from which a rung's draft is worth trying."""

    def chances(self, question: str, vector: Vector, rungs: Sequence[ModelEntry]) -> tuple[float, ...]:
        """Return the chance that each rung's draft is accepted; `vector` is the question's embedding."""


class LadderRouter:
    """`Router` by what was learned, where it was, and by the prior elsewhere. Thread-safe; 0.4 ms a question."""

    def __init__(self, model: RouterModel | None = None, *, embedding: str = "") -> None:
        """embedding: whose vectors it is asked with; what was learned from another's is left aside."""
        self.model = model if model is not None and model.embedding == embedding else None
        names = self.model.rungs if self.model else ()
        self._columns: Mapping[str, int] = {name: at for at, name in enumerate(names)}
        self.threshold = THRESHOLD

    def chances(self, question: str, vector: Vector, rungs: Sequence[ModelEntry]) -> tuple[float, ...]:
        """Return the chance that each rung's draft is accepted."""
        shown = surface(question)
        learned = self._learned(vector, shown)
        return tuple(
            prior(rung, question, shown)
            if learned is None or rung.name not in self._columns
            else float(learned[self._columns[rung.name]])
            for rung in rungs
        )

    def _learned(self, vector: Vector, shown: Floats) -> Floats | None:
        model = self.model
        if model is None or len(vector) != model.width:
            return None
        row: Floats = model.chances(np.array([vector], dtype=np.float64), shown[None, :])[0]
        return row


def first_likely(chances: Sequence[float], threshold: float) -> int:
    """Return the first rung whose chance reaches the threshold, else the likeliest one (the cheaper of equals)."""
    for place, chance in enumerate(chances):
        if chance >= threshold:
            return place
    return max(range(len(chances)), key=lambda place: (chances[place], -place))


def explores(question: str) -> bool:
    """Tell whether a question starts at the bottom whatever is believed: a rung never tried is never learned of."""
    return crc32(question.encode("utf-8", "surrogatepass")) % EXPLORED == 0


def prior(rung: ModelEntry, question: str, shown: Floats) -> float:
    """Return what is believed of a rung without records: by its size, if small also by what the question shows."""
    chance = PRIOR[rung.size]
    if rung.size == "large":
        return chance
    chance -= LONG_COSTS * (len(question) > LONG_QUESTION)
    chance -= MATHS_COSTS * bool(shown[_MATHS_AT] > 0)
    return float(chance - CODE_COSTS * bool(shown[_CODE_AT] > 0))
