"""Learns a RouterModel from outcomes: ridge regression with a penalty for each block, chosen by cross-validation.

Penalties are chosen by folds that keep groups together where groups are known (subjects, channels), so that what
is learned holds for questions of a kind that was not seen. Everything is closed form: seconds for ten thousand rows.
"""

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.domain.errors import DataRefused
from bot.ensemble.folds import folds_of
from bot.ensemble.router import RouterModel
from bot.ensemble.surface import SURFACE

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

WAVES = 256
WAVE_SEED = 20261124
INNER_FOLDS = 5

EMBEDDING_PENALTIES = (0.001, 0.003, 0.01, 0.03, 1.0)
SURFACE_PENALTIES = (0.03, 0.3)
WAVE_PENALTIES = (0.001, 0.003, 0.01, 0.1)
"""Per row. An embedding's numbers are small (unit length), so its penalties are; 1.0 switches it off."""

LEAST_TRIES = 200
"""Fewer verdicts teach a rung's average only."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Rows to learn from.

    vectors: an embedding a row. surfaces: `surface` of each question. accepted: a column a rung, 1 or 0, NaN where the
    rung was not tried. groups: a number a row, which folds keep together; None = any row may be in any fold.
    """

    vectors: Floats
    surfaces: Floats
    accepted: Floats
    groups: Places | None = None

    def take(self, rows: NDArray[np.bool_]) -> "Outcomes":
        """Return some of the rows."""
        return Outcomes(
            self.vectors[rows],
            self.surfaces[rows],
            self.accepted[rows],
            None if self.groups is None else self.groups[rows],
        )


@dataclass(frozen=True, slots=True)
class Penalties:
    """How strongly each block is held back."""

    embedding: float
    surface: float
    waves: float


def train(data: Outcomes, *, rungs: Sequence[str], embedding: str) -> RouterModel:
    """Return the model of these rows, its penalties chosen within them. Raises DataRefused where there are none."""
    if not len(data.accepted):
        raise DataRefused("There are no outcomes to learn from.")
    blank = _blank(data, rungs=rungs, embedding=embedding)
    design = blank.features(data.vectors, data.surfaces)
    folds = folds_of(len(design), data.groups, count=INNER_FOLDS)
    weights = np.zeros((design.shape[1], len(rungs)))
    for columns in _alike(data.accepted):
        weights[:, columns] = _columns(design, data.accepted[:, columns], folds=folds, blank=blank)
    return replace(blank, weights=weights)


def _alike(accepted: Floats) -> list[list[int]]:
    """Return the columns in lots that were tried for the same rows: one system of equations serves each lot."""
    lots: dict[bytes, list[int]] = {}
    for column in range(accepted.shape[1]):
        lots.setdefault(np.isfinite(accepted[:, column]).tobytes(), []).append(column)
    return list(lots.values())


def _blank(data: Outcomes, *, rungs: Sequence[str], embedding: str) -> RouterModel:
    generator = np.random.default_rng(WAVE_SEED)
    spread = data.surfaces.std(axis=0)
    width = data.vectors.shape[1]
    return RouterModel(
        rungs=tuple(rungs),
        embedding=embedding,
        width=width,
        centre=data.surfaces.mean(axis=0),
        spread=np.where(spread > 0, spread, 1.0),
        waves=generator.standard_normal((SURFACE, WAVES)) / np.sqrt(SURFACE),
        phases=generator.uniform(0, 2 * np.pi, WAVES),
        weights=np.zeros((1 + width + SURFACE + WAVES, len(rungs))),
        tried=tuple(int(count) for count in np.isfinite(data.accepted).sum(axis=0)),
    )


def _columns(design: Floats, accepted: Floats, *, folds: Places, blank: RouterModel) -> Floats:
    """Return the weights of rungs that were tried for the same rows: their averages alone where these are few."""
    tried = np.isfinite(accepted[:, 0])
    averages = np.zeros((design.shape[1], accepted.shape[1]))
    averages[0] = accepted[tried].mean(axis=0) if tried.any() else 0.0
    if tried.sum() < LEAST_TRIES:
        return averages
    parts = [_sums(design, accepted, tried & (folds == fold)) for fold in range(INNER_FOLDS)]
    whole = functools.reduce(_Sums.plus, parts)
    best = min(_grid(), key=lambda penalties: _error(parts, whole, _diagonal(blank, penalties)))
    return _solved(whole, _diagonal(blank, best))


@dataclass(frozen=True, slots=True)
class _Sums:
    """What least squares need of some rows. square: of the targets, for the error."""

    gram: Floats
    target: Floats
    rows: int
    square: float

    def plus(self, other: "_Sums") -> "_Sums":
        return _Sums(
            self.gram + other.gram, self.target + other.target, self.rows + other.rows, self.square + other.square
        )

    def less(self, other: "_Sums") -> "_Sums":
        return _Sums(
            self.gram - other.gram, self.target - other.target, self.rows - other.rows, self.square - other.square
        )


def _sums(design: Floats, accepted: Floats, rows: NDArray[np.bool_]) -> _Sums:
    some, target = design[rows], accepted[rows]
    return _Sums(some.T @ some, some.T @ target, len(some), float((target**2).sum()))


def _grid() -> list[Penalties]:
    return [Penalties(*one) for one in itertools.product(EMBEDDING_PENALTIES, SURFACE_PENALTIES, WAVE_PENALTIES)]


def _diagonal(blank: RouterModel, penalties: Penalties) -> Floats:
    """Return the penalty of each weight; the intercept has none."""
    blocks = (0.0, penalties.embedding, penalties.surface, penalties.waves)
    return np.repeat(blocks, (1, blank.width, SURFACE, len(blank.phases)))


def _error(parts: Sequence[_Sums], whole: _Sums, penalties: Floats) -> float:
    """Return the squared error of each part, judged by the others."""
    total = 0.0
    for part in parts:
        weights = _solved(whole.less(part), penalties)
        total += part.square - 2 * float((weights * part.target).sum())
        total += float((weights * (part.gram @ weights)).sum())
    return total


def _solved(sums: _Sums, penalties: Floats) -> Floats:
    # The least amount keeps the solution unique where a feature never varies.
    gram = sums.gram + np.diag(penalties * sums.rows + 1e-9)
    return np.asarray(np.linalg.solve(gram, sums.target), dtype=np.float64)
