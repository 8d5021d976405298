"""What each threshold of the ladder router would mean: what a question costs, and how often its first draft holds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.ensemble.router import Floats, RouterModel

THRESHOLDS: Floats = np.arange(1, 100) / 100


@dataclass(frozen=True, slots=True)
class Point:
    """cost: of a question, climbing included, in the curve's unit. accepted: share of first drafts that hold.

    starts: share of the questions that start at each rung, in the router's order of rungs.
    """

    threshold: float
    cost: float
    accepted: float
    starts: tuple[float, ...]


def curve(chances: Floats, costs: Sequence[float]) -> Floats:
    """Return a row a threshold: threshold, cost, accepted, and a start a rung.

    chances: a row a question, a column a rung, by a router that had not seen it. costs: of one try of each rung. A
    ladder climbs from cheap to dear; what a rung's draft costs is paid whether it holds or not.
    """
    order = np.argsort(costs, kind="stable")
    climbing, price = chances[:, order], np.asarray(costs, dtype=np.float64)[order]
    onwards = np.zeros((len(climbing), len(price) + 1))
    for at in reversed(range(len(price))):
        onwards[:, at] = price[at] + (1 - climbing[:, at]) * onwards[:, at + 1]
    rows = [_row(float(threshold), climbing, onwards) for threshold in THRESHOLDS]
    found = np.array(rows)
    found[:, 3 + order] = found[:, 3:].copy()
    return found


def points(model: RouterModel) -> list[Point]:
    """Return the curve of what was learned, by threshold; empty where none was kept."""
    return [Point(row[0], row[1], row[2], tuple(row[3:])) for row in model.curve.tolist()]


def _row(threshold: float, climbing: Floats, onwards: Floats) -> list[float]:
    """Return one row, its starts from cheap to dear."""
    likely = climbing >= threshold
    starts = np.where(likely.any(axis=1), likely.argmax(axis=1), climbing.argmax(axis=1))
    each = np.arange(len(starts))
    shares = [float(np.mean(starts == at)) for at in range(climbing.shape[1])]
    return [threshold, float(onwards[each, starts].mean()), float(climbing[each, starts].mean()), *shares]
