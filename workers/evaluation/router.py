"""`maru eval router RESPONSES`: the ladder router's training and features, cross-validated on anybody's outcomes."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.domain.models import ModelEntry
from bot.ensemble.folds import folds_of
from bot.ensemble.router import THRESHOLD, LadderRouter, first_likely
from bot.ensemble.router_training import Outcomes, train
from bot.ensemble.surface import surface
from bot.learning import routing_scores
from bot.learning.neighbours import knn_scores
from bot.learning.routing_scores import RoutingScore, intervals, score
from workers.bootstrap.evaluation import encoders
from workers.evaluation import inputs
from workers.evaluation.embeddings import EmbeddingCache
from workers.evaluation.report import Figures, conclude, milliseconds, say
from workers.evaluation.servers import served
from workers.settings import Settings

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

FOLDS = 5
RUNGS = ("weak", "strong")

LONGEST_EMBEDDED = 400
"""Characters of a prompt that are embedded: its beginning and its end. Reading all of long passages takes the embedded
model an hour more for 14,000 prompts."""

DECISIONS = 1000
"""Decisions that are timed."""


@dataclass(frozen=True, slots=True)
class Data:
    """Everything that is judged, and by which folds."""

    prompts: list[str]
    outcomes: Outcomes
    folds: Places
    embedding: str

    @property
    def weak(self) -> Floats:
        """The weak model's outcomes."""
        return self.outcomes.accepted[:, 0]

    @property
    def strong(self) -> Floats:
        """The strong model's outcomes."""
        return self.outcomes.accepted[:, 1]


def run(settings: Settings, responses: Path, *, cache: Path | None = None) -> int:
    """Print the table and the figures."""
    conclude(evaluate(settings, responses, cache=cache))
    return 0


def evaluate(settings: Settings, responses: Path, *, cache: Path | None = None) -> Figures:
    """Judge every prompt by a router that saw no prompt of its fold, nor, where groups are given, of its group.

    Raises DataRefused, StartFailed, EncoderUnavailable.
    """
    rows = inputs.outcomes(responses)
    with served(settings) as serving:
        embedder = encoders(serving).embedder
        kept = EmbeddingCache(embedder, cache or settings.home / "cache", told=_progress)
        vectors = kept.embed([clipped(row.prompt) for row in rows], kind="query").astype(np.float64)
        model = embedder.model
    data = _data(rows, vectors, model)
    ours, decided = _cross_validated(data)
    knn = knn_scores(data.outcomes.vectors, data.strong - data.weak, data.folds)
    return _figures(data, ours, knn) | decided


def clipped(prompt: str) -> str:
    """Return what of a prompt is embedded."""
    if len(prompt) <= LONGEST_EMBEDDED:
        return prompt
    return prompt[: LONGEST_EMBEDDED // 2] + prompt[-LONGEST_EMBEDDED // 2 :]


def _data(rows: Sequence[inputs.Outcomes], vectors: Floats, model: str) -> Data:
    groups = None
    if all(row.group is not None for row in rows):
        groups = np.unique([str(row.group) for row in rows], return_inverse=True)[1]
    accepted = np.array([(row.weak, row.strong) for row in rows])
    prompts = [row.prompt for row in rows]
    outcomes = Outcomes(vectors, np.array([surface(prompt) for prompt in prompts]), accepted, groups)
    say(f"{len(rows)} prompts; folds by {'random' if groups is None else f'{groups.max() + 1} groups'}")
    say(f"right: weak {accepted[:, 0].mean():.1%}, strong {accepted[:, 1].mean():.1%} (the best single model)")
    return Data(prompts, outcomes, folds_of(len(rows), groups, count=FOLDS), model)


def _cross_validated(data: Data) -> tuple[Floats, Figures]:
    order = np.zeros(len(data.prompts))
    for fold in range(FOLDS):
        inside = data.folds == fold
        model = train(data.outcomes.take(~inside), rungs=RUNGS, embedding=data.embedding)
        held = data.outcomes.take(inside)
        chances = model.chances(held.vectors, held.surfaces)
        order[inside] = chances[:, 1] - chances[:, 0]
        say(f"fold {fold + 1} of {FOLDS}: {int(inside.sum())} prompts judged by {int((~inside).sum())} others")
    return order, _timed(LadderRouter(model, embedding=data.embedding), data)


def _timed(router: LadderRouter, data: Data) -> Figures:
    """Time decisions one by one, as a turn makes them, on one core; without the embedding, which a turn has anyway."""
    rungs = [ModelEntry(name, "openai", ("http://127.0.0.1",), name) for name in RUNGS]
    vectors = [tuple(map(float, row)) for row in data.outcomes.vectors[:DECISIONS]]
    taken = []
    for prompt, vector in zip(data.prompts, vectors, strict=False):
        began = time.perf_counter()
        first_likely(router.chances(prompt, vector, rungs), THRESHOLD)
        taken.append(time.perf_counter() - began)
    return {"decision_ms_p99": milliseconds(taken, 0.99), "decisions_per_second": round(len(taken) / sum(taken))}


def _figures(data: Data, ours: Floats, knn: Floats) -> Figures:
    weak, strong = data.weak, data.strong
    best = routing_scores.oracle(weak, strong)
    orders = {"router": ours, "knn": knn, "random": np.zeros(len(weak)), "oracle": best}
    found = {name: score(order, weak, strong) for name, order in orders.items()}
    (low, _, high), (knn_low, _, knn_high), (less, _, more) = intervals([ours, knn], weak, strong)
    say(f"{'':10}{'APGR':>8}{'CPT50':>8}{'CPT80':>8}")
    for name, one in found.items():
        say(f"{name:10}{one.apgr:8.3f}{one.cpt50:8.1f}{one.cpt80:8.1f}")
    say(f"APGR's 95 % interval over prompts: router {low:.3f} to {high:.3f}, knn {knn_low:.3f} to {knn_high:.3f}, ")
    say(f"router less knn {less:+.3f} to {more:+.3f} (bootstrap, paired)")
    return {
        **_named("", found["router"]),
        "random": round(found["random"].apgr, 4),
        "knn": round(found["knn"].apgr, 4),
        "oracle": round(found["oracle"].apgr, 4),
        "apgr_low": round(low, 4),
        "apgr_high": round(high, 4),
        "above_knn_low": round(less, 4),
        "above_knn_high": round(more, 4),
        **_named("knn_", found["knn"]),
        **_named("oracle_", found["oracle"]),
    }


def _named(prefix: str, found: RoutingScore) -> Figures:
    figures: Figures = {
        f"{prefix}apgr": round(found.apgr, 4),
        f"{prefix}cpt50": round(found.cpt50, 2),
        f"{prefix}cpt80": round(found.cpt80, 2),
    }
    return figures


def _progress(done: int, total: int) -> None:
    if done % 512 == 0 or done == total:
        say(f"{done} of {total} prompts embedded")
