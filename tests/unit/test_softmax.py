"""Logistic regression by L-BFGS: against what is known of its solution."""

import numpy as np
import pytest

from bot.nlu import softmax


def problem(rows: int = 300, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, rows)
    return (generator.standard_normal((rows, 6)) + 2 * np.eye(6)[labels]).astype(np.float32), labels


def loss(weights: np.ndarray, features: np.ndarray, labels: np.ndarray, penalty: float) -> float:
    chances = softmax.softmax(features @ weights[:-1] + weights[-1])
    return float(-np.log(chances[np.arange(len(labels)), labels]).mean() + penalty / 2 * (weights[:-1] ** 2).sum())


def test_no_step_to_any_side_is_better() -> None:
    features, labels = problem()
    weights = softmax.fit(features, labels, classes=3, penalty=0.01, rounds=200)
    best = loss(weights, features, labels, 0.01)
    generator = np.random.default_rng(0)
    for _ in range(50):
        aside = weights + generator.standard_normal(weights.shape).astype(np.float32) * 0.05
        assert loss(aside, features, labels, 0.01) > best - 1e-5


def test_with_features_that_tell_nothing_the_chances_are_the_shares() -> None:
    features, labels = np.zeros((8, 2), dtype=np.float32), np.array([0, 0, 0, 0, 0, 0, 1, 1])
    weights = softmax.fit(features, labels, classes=2, penalty=0.01, rounds=100)
    assert softmax.softmax(weights[-1:])[0] == pytest.approx([0.75, 0.25], abs=1e-3)


def test_chances_of_large_scores_are_finite() -> None:
    assert softmax.softmax(np.array([[1000.0, 0.0, -1000.0]], dtype=np.float32))[0] == pytest.approx([1, 0, 0])
