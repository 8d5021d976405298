"""Multinomial logistic regression by L-BFGS (Nocedal & Wright 2006, algorithm 7.4), in numpy alone."""

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Places = NDArray[np.int64]

MEMORY = 8
"""Steps that shape the next one."""

ENOUGH = 0.5
"""Of the decrease that the slope promises, a step must bring a ten-thousandth; else it is shortened by this factor."""

_LEAST_STEP = 1e-6
_LEAST_CHANGE = 1e-6

_Objective = Callable[[Doubles], tuple[float, Doubles]]


def fit(features: Floats, labels: Places, *, classes: int, penalty: float, rounds: int) -> Floats:
    """Return the weights, a row a feature and then one of biases, a column a class.

    penalty: of half the squared weights (biases free), against the mean log-loss of a row.
    """
    design = np.hstack([features, np.ones((len(features), 1), dtype=np.float32)])
    wanted = np.zeros((len(labels), classes), dtype=np.float32)
    wanted[np.arange(len(labels)), labels] = 1
    shape = (design.shape[1], classes)

    def objective(flat: Doubles) -> tuple[float, Doubles]:
        weights = flat.reshape(shape).astype(np.float32)
        held = weights * penalty
        held[-1] = 0
        chances = softmax(design @ weights)
        loss = -float(np.log(np.maximum((chances * wanted).sum(axis=1), 1e-30)).mean())
        slope = design.T @ ((chances - wanted) / len(labels)) + held
        return loss + 0.5 * float((held * weights).sum()), slope.ravel().astype(np.float64)

    return _descend(objective, np.zeros(shape[0] * shape[1]), rounds=rounds).reshape(shape).astype(np.float32)


def softmax(scores: Floats) -> Floats:
    """Return each row as chances."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: Floats = raised / raised.sum(axis=1, keepdims=True)
    return chances


def _descend(objective: _Objective, start: Doubles, *, rounds: int) -> Doubles:
    at, (value, slope) = start, objective(start)
    steps: deque[tuple[Doubles, Doubles]] = deque(maxlen=MEMORY)
    for _ in range(rounds):
        direction = _direction(slope, steps)
        length, promised = 1.0, float(slope @ direction)
        while True:
            there = at + length * direction
            new_value, new_slope = objective(there)
            if new_value <= value + 1e-4 * length * promised or length < _LEAST_STEP:
                break
            length *= ENOUGH
        moved, turned = there - at, new_slope - slope
        if float(moved @ turned) > 1e-12:
            steps.append((moved, turned))
        done = abs(value - new_value) < _LEAST_CHANGE * max(1.0, abs(value))
        at, value, slope = there, new_value, new_slope
        if done:
            break
    return at


def _direction(slope: Doubles, steps: deque[tuple[Doubles, Doubles]]) -> Doubles:
    """Return where to go: the slope, bent by what the last steps told of the curvature."""
    direction = -slope
    if not steps:
        steepest = float(np.abs(slope).max()) or 1.0
        return direction * (0.1 / steepest)
    parts = []
    for moved, turned in reversed(steps):
        part = float(moved @ direction) / float(turned @ moved)
        parts.append(part)
        direction = direction - part * turned
    moved, turned = steps[-1]
    direction = direction * (float(moved @ turned) / float(turned @ turned))
    for (moved, turned), part in zip(steps, reversed(parts), strict=True):
        direction = direction + moved * (part - float(turned @ direction) / float(turned @ moved))
    return direction
