"""RouteLLM's figures, against cases that can be reckoned by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import DataRefused
from bot.learning.neighbours import knn_scores
from bot.learning.routing_scores import curve, intervals, oracle, score

WEAK = np.array([1.0, 0.0, 0.0, 1.0])
STRONG = np.array([1.0, 1.0, 1.0, 0.0])


def test_a_constant_order_is_chance() -> None:
    found = score(np.zeros(1000), np.zeros(1000), np.ones(1000))
    assert (found.apgr, found.cpt50, found.cpt80) == pytest.approx((0.5, 50, 80))


def test_by_hand() -> None:
    # Gains 0, 1, 1, -1, whose sum is 1. In the order of the scores the recovered gap is 1, 2, 2, 1.
    found = score([0.2, 0.9, 0.8, 0.1], WEAK, STRONG)
    assert found.apgr == pytest.approx((0.5 + 1.5 + 2 + 1.5) / 4)
    assert (found.cpt50, found.cpt80) == (25.0, 25.0)


def test_the_oracle_is_above_any_order() -> None:
    generator = np.random.default_rng(3)
    weak, strong = (generator.random((2, 400)) < [[0.6], [0.8]]).astype(float)
    best = score(oracle(weak, strong), weak, strong).apgr
    assert all(score(generator.random(400), weak, strong).apgr < best for _ in range(20))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), min_size=2, max_size=30))
def test_equal_scores_count_as_their_mean(rows: list[tuple[int, bool, bool]]) -> None:
    order, weak, strong = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    if (strong - weak).sum() <= 0:
        with pytest.raises(DataRefused, match="nothing to route"):
            score(order, weak, strong)
        return
    forwards, backwards = score(order, weak, strong), score(order[::-1], weak[::-1], strong[::-1])
    assert forwards.apgr == pytest.approx(backwards.apgr)


def test_the_curve_goes_from_the_weak_model_to_the_strong_one() -> None:
    found = curve([0.2, 0.9, 0.8, 0.1], WEAK, STRONG)
    assert found.shares.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert found.quality.tolist() == [0.5, 0.75, 1.0, 1.0, 0.75]


def test_intervals_hold_the_value_and_tell_a_good_order_from_chance() -> None:
    generator = np.random.default_rng(4)
    strong = np.ones(600)
    weak = (generator.random(600) < 0.5).astype(float)
    good = strong - weak + generator.random(600) * 1.5
    (low, value, high), _, (less, difference, more) = intervals([good, np.zeros(600)], weak, strong, rounds=200)
    assert low < value < high
    assert 0 < less < difference < more


def test_the_interval_of_equal_scores_is_as_wide_as_of_unequal_ones() -> None:
    generator = np.random.default_rng(8)
    strong = np.ones(800)
    weak = (generator.random(800) < 0.6).astype(float)
    coarse = np.round((strong - weak) + generator.standard_normal(800))
    fine = coarse + generator.random(800) * 1e-6
    equal, unequal = intervals([coarse, fine], weak, strong, rounds=300)[:2]
    assert equal[2] - equal[0] == pytest.approx(unequal[2] - unequal[0], rel=0.2)


def test_neighbours_know_what_is_near_and_never_look_into_their_own_fold() -> None:
    generator = np.random.default_rng(6)
    sides = generator.integers(0, 2, 400)
    vectors = np.eye(2)[sides] + generator.standard_normal((400, 2)) * 0.1
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    folds = generator.integers(0, 5, 400)
    scores = knn_scores(vectors, sides.astype(float), folds)
    assert ((scores > 0.5) == (sides == 1)).all()
    alone = np.where(folds == 0, 1.0, 0.0)  # only the own fold has gains, so nobody of it may expect any
    assert knn_scores(vectors, alone, folds)[folds == 0].max() == 0
