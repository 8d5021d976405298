"""How well an order of questions chooses between a weak and a strong model: RouteLLM's figures (arXiv 2406.18665).

A router gives every question a score; where x % of the calls are the strong model's, those with the highest scores are.
PGR (performance gap recovered) is 0 where quality is the weak model's and 1 where it is the strong model's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.domain.errors import DataRefused

Floats = NDArray[np.float64]

LEVELS = (0.5, 0.8)
"""CPT50 and CPT80: the share of strong calls at which so much of the gap is recovered."""

BOOTSTRAP_AT_ONCE = 50
SEED = 20261124


@dataclass(frozen=True, slots=True)
class RoutingScore:
    """apgr: mean PGR over all shares of strong calls. cpt50, cpt80: per cent of strong calls."""

    apgr: float
    cpt50: float
    cpt80: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Quality (share of right answers) by the share of calls to the strong model, both from 0 to 1."""

    shares: Floats
    quality: Floats


def score(order: Sequence[float] | Floats, weak: Floats, strong: Floats) -> RoutingScore:
    """Judge scores (higher = rather the strong model) by both models' outcomes, 0 to 1 each.

    Questions with equal scores count as if in the mean of all their orders. Raises DataRefused where the strong model
    is no better than the weak one: then there is no gap to recover.
    """
    gain = strong - weak
    if gain.sum() <= 0:
        raise DataRefused("The strong model is right no more often than the weak one: there is nothing to route.")
    recovered, shares = _recovered(np.asarray(order, dtype=np.float64), gain)
    return _summary(shares, recovered)


def curve(order: Sequence[float] | Floats, weak: Floats, strong: Floats) -> Curve:
    """Return quality by share of strong calls, a point a question."""
    gain = strong - weak
    scores = np.asarray(order, dtype=np.float64)
    ranked = np.argsort(-scores, kind="stable")
    gained = np.concatenate([[0.0], np.cumsum(_shared(scores[ranked], gain[ranked]))])
    return Curve(np.linspace(0, 1, len(gain) + 1), (weak.sum() + gained) / len(gain))


def oracle(weak: Floats, strong: Floats) -> Floats:
    """Return the scores of who knows both outcomes: what any router stays below."""
    return strong - weak


def intervals(
    orders: Sequence[Floats], weak: Floats, strong: Floats, *, rounds: int = 1000
) -> list[tuple[float, float, float]]:
    """Return APGR with its 95 % interval (low, value, high) of each order, and of the first less each other, after it.

    Bootstrap over questions, the same draws for all orders. The list: one entry an order, then one a difference.
    """
    drawn = np.concatenate([_apgrs(orders, strong - weak, draws) for draws in _draws(len(weak), rounds)], axis=1)
    values = [score(order, weak, strong).apgr for order in orders]
    rows = [(value, drawn[at]) for at, value in enumerate(values)]
    rows += [(values[0] - value, drawn[0] - drawn[at + 1]) for at, value in enumerate(values[1:])]
    return [(float(np.quantile(row, 0.025)), value, float(np.quantile(row, 0.975))) for value, row in rows]


def _recovered(scores: Floats, gain: Floats) -> tuple[Floats, Floats]:
    ranked = np.argsort(-scores, kind="stable")
    gained = np.concatenate([[0.0], np.cumsum(_shared(scores[ranked], gain[ranked]))])
    return gained / gain.sum(), np.linspace(0, 1, len(gain) + 1)


def _shared(scores: Floats, gain: Floats) -> Floats:
    """Give questions of one score the mean of their gains: the expectation over their orders."""
    starts = _starts(scores)
    if len(starts) == len(gain):
        return gain
    lengths = np.diff(np.append(starts, len(gain)))
    return np.repeat(np.add.reduceat(gain, starts) / lengths, lengths)


def _summary(shares: Floats, recovered: Floats) -> RoutingScore:
    area = float(np.mean((recovered[1:] + recovered[:-1]) / 2))
    reached = [float(shares[int(np.argmax(recovered >= level))]) * 100 for level in LEVELS]
    return RoutingScore(area, *reached)


def _draws(count: int, rounds: int) -> Iterator[Floats]:
    generator = np.random.default_rng(SEED)
    for start in range(0, rounds, BOOTSTRAP_AT_ONCE):
        sample = generator.integers(0, count, size=(min(BOOTSTRAP_AT_ONCE, rounds - start), count))
        yield np.stack([np.bincount(row, minlength=count) for row in sample]).astype(np.float64)


def _apgrs(orders: Sequence[Floats], gain: Floats, draws: Floats) -> Floats:
    rows = []
    for order in orders:
        ranked = np.argsort(-order, kind="stable")
        starts = _starts(order[ranked])
        weights = np.add.reduceat(draws[:, ranked], starts, axis=1)
        gains = np.add.reduceat(draws[:, ranked] * gain[ranked], starts, axis=1)
        middles = np.cumsum(gains, axis=1) - gains / 2  # equal scores: a straight line, the mean of their orders
        rows.append((middles * weights).sum(axis=1) / gains.sum(axis=1) / weights.sum(axis=1))
    return np.stack(rows)


def _starts(ranked: Floats) -> NDArray[np.int64]:
    """Return where a new score begins."""
    return np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
