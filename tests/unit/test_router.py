"""The ladder router: chances by question, learned from outcomes; where an answer starts."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.documents import Vector
from bot.domain.errors import DataRefused
from bot.domain.messages import ModelCall, Receipt, RungTry
from bot.domain.models import ModelEntry
from bot.ensemble.folds import folds_of
from bot.ensemble.router import PRIOR, LadderRouter, RouterModel, explores, first_likely
from bot.ensemble.router_training import Outcomes, train
from bot.ensemble.surface import SURFACE, surface
from bot.learning.datasets import models_of, table, verdicts
from bot.ports.past_turns import PastTurn
from workers.router_file import FileRouter, load, save

SMALL = ModelEntry("small", "openai", ("http://127.0.0.1:1",), "small")
LARGE = ModelEntry("large", "openai", ("http://127.0.0.1:1",), "large", size="large")
WIDTH = 8
EMBEDDING = "an-embedding"

EASY, HARD = "when does the office open?", "prove that x^2 + y^2 = z^2 has solutions; what if n > 2?"


def outcomes(rows: int = 1200, seed: int = 2, *, groups: bool = False) -> Outcomes:
    """Return questions of two kinds: of the hard ones, told by their vector and looks, the small model fails most."""
    generator = np.random.default_rng(seed)
    hard = generator.random(rows) < 0.5
    vectors = generator.standard_normal((rows, WIDTH)) * 0.3
    vectors[:, 0] += np.where(hard, 1, -1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    looks = np.array([surface(HARD), surface(EASY)])[np.where(hard, 0, 1)] + generator.random((rows, SURFACE)) * 0.1
    chances = np.stack([np.where(hard, 0.1, 0.9), np.full(rows, 0.9)], axis=1)
    accepted = (generator.random((rows, 2)) < chances).astype(float)
    return Outcomes(vectors, looks, accepted, generator.integers(0, 20, rows) if groups else None)


def taught(data: Outcomes | None = None) -> RouterModel:
    return train(data or outcomes(), rungs=("small", "large"), embedding=EMBEDDING)


def vector(side: float) -> Vector:
    return (side, *([0.0] * (WIDTH - 1)))


@pytest.mark.parametrize("groups", [False, True])
def test_it_learns_which_questions_a_small_model_fails(groups: bool) -> None:
    router = LadderRouter(taught(outcomes(groups=groups)), embedding=EMBEDDING)
    easy = router.chances(EASY, vector(-1), [SMALL, LARGE])
    hard = router.chances(HARD, vector(1), [SMALL, LARGE])
    assert easy[0] > 0.75 and hard[0] < 0.25
    assert min(easy[1], hard[1]) > 0.75


def test_a_rung_without_records_is_believed_by_its_size() -> None:
    router = LadderRouter(taught(), embedding=EMBEDDING)
    other = ModelEntry("other", "openai", ("http://127.0.0.1:1",), "other")
    assert router.chances(EASY, vector(-1), [other, LARGE])[0] == PRIOR["small"]


def test_another_embedding_model_leaves_only_the_prior() -> None:
    router = LadderRouter(taught(), embedding="another")
    assert router.chances(EASY, vector(-1), [SMALL, LARGE]) == (PRIOR["small"], PRIOR["large"])
    wider = LadderRouter(taught(), embedding=EMBEDDING)
    assert wider.chances(EASY, (*vector(-1), 0.0), [SMALL, LARGE]) == (PRIOR["small"], PRIOR["large"])


def test_few_verdicts_teach_the_average_only() -> None:
    data = outcomes(rows=100)
    router = LadderRouter(taught(data), embedding=EMBEDDING)
    chances = router.chances(HARD, vector(1), [SMALL])
    assert chances == router.chances(EASY, vector(-1), [SMALL])
    assert chances[0] == pytest.approx(data.accepted[:, 0].mean())


def test_what_was_not_tried_counts_for_nothing() -> None:
    data = outcomes()
    only_failures = data.accepted.copy()
    only_failures[data.accepted[:, 0] == 1, 1] = np.nan  # a ladder asks the large model where the small one failed
    model = taught(Outcomes(data.vectors, data.surfaces, only_failures))
    assert model.tried == (1200, int((data.accepted[:, 0] == 0).sum()))
    assert LadderRouter(model, embedding=EMBEDDING).chances(HARD, vector(1), [LARGE])[0] > 0.75


def test_nothing_teaches_nothing() -> None:
    empty = Outcomes(np.zeros((0, WIDTH)), np.zeros((0, SURFACE)), np.zeros((0, 2)))
    with pytest.raises(DataRefused, match="no outcomes"):
        taught(empty)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=5), st.floats(0, 1))
def test_a_higher_threshold_never_starts_lower_while_any_rung_reaches_it(
    chances: list[float], threshold: float
) -> None:
    start = first_likely(chances, threshold)
    if max(chances) >= threshold:
        assert chances[start] >= threshold and all(one < threshold for one in chances[:start])
    else:
        assert chances[start] == max(chances)


def test_some_questions_start_at_the_bottom_whatever_is_believed() -> None:
    share = sum(explores(f"question {number}") for number in range(4000)) / 4000
    assert 0.03 < share < 0.07


def test_groups_stay_together_in_folds_of_like_sizes() -> None:
    groups = np.repeat(np.arange(30), np.random.default_rng(1).integers(5, 80, 30))
    folds = folds_of(len(groups), groups, count=5)
    assert all(len(set(folds[groups == group])) == 1 for group in range(30))
    sizes = np.bincount(folds)
    assert sizes.max() < 1.3 * sizes.min()


@pytest.mark.parametrize(
    "text", ["", " ", "?", "\n\n", "a" * 20_000, "1+1=2\n" * 500, "배포를 롤백하려면 어떻게 해?", "A. \nB. "]
)
def test_any_text_has_features(text: str) -> None:
    found = surface(text)
    assert found.shape == (SURFACE,) and np.isfinite(found).all()


def test_the_file_is_read_as_it_was_written_and_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "router.npz"
    assert load(path) is None
    model = taught()
    model = replace(model, curve=np.array([[0.5, 0.1, 0.9, 1.0, 0.0]]), unit="seconds")
    save(path, model)
    again = load(path)
    assert again is not None and again.curve.tolist() == model.curve.tolist() and again.unit == "seconds"
    assert again is not None and again.rungs == model.rungs and (again.weights == model.weights).all()
    router = FileRouter(path, embedding=EMBEDDING)
    assert router.chances(HARD, vector(1), [SMALL])[0] < 0.25


def test_a_broken_file_is_refused_and_the_prior_stays(tmp_path: Path) -> None:
    path = tmp_path / "router.npz"
    path.write_bytes(b"PK\x03\x04 half a file")
    with pytest.raises(DataRefused, match="router train"):
        load(path)
    assert FileRouter(path, embedding=EMBEDDING).chances(EASY, vector(1), [SMALL]) == (PRIOR["small"],)


def turn(question: str, *tries: RungTry) -> PastTurn:
    calls: Sequence[ModelCall] = ()
    return PastTurn(question, "slack:C1", Receipt("answer-from-knowledge", tries=tries, calls=tuple(calls)))


def test_records_teach_by_judged_tries_of_models_alone() -> None:
    rows = verdicts(
        [
            turn("a", RungTry("model", False, "not backed", "small"), RungTry("model", True, "backed", "large")),
            turn("b", RungTry("model", False, "down", "small", judged=False), RungTry("quote", True, "quoted")),
            turn("c", RungTry("model", False, "quota", "large", tried=False, judged=False)),
            turn("d", RungTry("model", True, "backed", "small"), RungTry("panel", True, "voted", "large")),
        ]
    )
    assert [(row.question, dict(row.accepted)) for row in rows] == [
        ("a", {"small": False, "large": True}),
        ("d", {"small": True}),
    ]
    assert models_of(rows) == ("large", "small")
    known = table(rows, ("small", "large"))
    assert known[0] == [0.0, 1.0] and known[1][0] == 1.0 and np.isnan(known[1][1])


def test_an_answer_that_somebody_was_not_content_with_was_none() -> None:
    small, large = RungTry("model", True, "backed", "small"), RungTry("model", True, "backed", "large")
    rows = verdicts([turn("a", large), replace(turn("a", small), disputed=True)])
    assert [dict(row.accepted) for row in rows] == [{"large": True}, {"small": False}]
