"""`maru router train|evaluate`: the ladder router learns from Maru's own records, and is judged by them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.domain.errors import DataRefused
from bot.ensemble.folds import folds_of
from bot.ensemble.router import THRESHOLD, RouterModel
from bot.ensemble.router_training import LEAST_TRIES, Outcomes
from bot.ensemble.router_training import train as learn
from bot.ensemble.surface import surface
from bot.ensemble.tradeoff import curve, points
from bot.learning.datasets import Verdicts, costs, models_of, table, verdicts
from bot.ports.past_turns import PastTurn
from workers.bootstrap.evaluation import encoders, past_turns
from workers.bootstrap.storage import database_url
from workers.evaluation.embeddings import EmbeddingCache
from workers.evaluation.report import Figures, conclude, say
from workers.evaluation.servers import served
from workers.router_file import load, router_file, save
from workers.settings import Settings

MOST_TURNS = 50_000
"""The newest turns that are learned from."""

FOLDS = 5
SHOWN = (0.3, THRESHOLD, 0.7, 0.9)
"""Thresholds that are told of; `/maru router` draws all."""

Floats = NDArray[np.float64]


def train(settings: Settings, *, cache: Path | None = None) -> int:
    """Learn from the answers so far and write MARU_HOME/router/router.npz, which the workers take over within 5 s.

    Raises DataRefused where no model wrote a draft yet; NotRunning, EncoderUnavailable, DatabaseUnavailable.
    """
    turns = _turns(settings)
    rows = verdicts(turns)
    names = models_of(rows)
    data, embedding = _outcomes(settings, rows, names, cache=cache)
    unseen = _unseen(data, names, embedding=embedding)
    model = _with_curve(learn(data, rungs=names, embedding=embedding), unseen, turns)
    save(router_file(settings.home), model)
    _tell(model)
    conclude({"turns": len(rows), **_judged(data, names, unseen)})
    return 0


def evaluate(settings: Settings, *, cache: Path | None = None) -> int:
    """Judge what the router would learn now, by the answers so far; nothing is written."""
    turns = _turns(settings)
    rows = verdicts(turns)
    names = models_of(rows)
    if load(router_file(settings.home)) is None:
        say("nothing was learned yet: answers start where the prior says (maru router train)")
    data, embedding = _outcomes(settings, rows, names, cache=cache)
    unseen = _unseen(data, names, embedding=embedding)
    _tell(_with_curve(learn(data, rungs=names, embedding=embedding), unseen, turns))
    conclude({"turns": len(rows), **_judged(data, names, unseen)})
    return 0


def _turns(settings: Settings) -> list[PastTurn]:
    with past_turns(database_url(settings)) as kept:
        turns = list(kept.newest(MOST_TURNS))
    if not verdicts(turns):
        raise DataRefused(
            "No model has written a draft here yet: there is nothing to learn from. Ask Maru some questions."
        )
    return turns


def _outcomes(
    settings: Settings, rows: Sequence[Verdicts], names: Sequence[str], *, cache: Path | None
) -> tuple[Outcomes, str]:
    with served(settings) as serving:
        embedder = encoders(serving).embedder
        kept = EmbeddingCache(embedder, cache or settings.home / "cache")
        vectors = kept.embed([row.question for row in rows], kind="query").astype(np.float64)
    channels = np.unique([row.channel for row in rows], return_inverse=True)[1]
    surfaces = np.array([surface(row.question) for row in rows])
    return Outcomes(vectors, surfaces, np.array(table(rows, names)), channels), embedder.model


def _unseen(data: Outcomes, names: Sequence[str], *, embedding: str) -> tuple[Floats, Floats]:
    """Return each model's chances by a router that had not seen the channel (or the turn, where channels are few), and
    beside them that model's average there."""
    folds = folds_of(len(data.accepted), data.groups, count=FOLDS)
    chances = np.full(data.accepted.shape, np.nan)
    averages = np.full(data.accepted.shape, np.nan)
    for fold in np.unique(folds):
        held, others = data.take(folds == fold), data.take(folds != fold)
        if not len(others.accepted):
            continue
        chances[folds == fold] = learn(others, rungs=names, embedding=embedding).chances(held.vectors, held.surfaces)
        averages[folds == fold] = [_mean(column) for column in others.accepted.T]
    return chances, averages


def _judged(data: Outcomes, names: Sequence[str], unseen: tuple[Floats, Floats]) -> Figures:
    """Return, a model each, how often it was accepted, and the squared error of chances beside that of averages."""
    chances, averages = unseen
    figures: Figures = {}
    for at, name in enumerate(names):
        tried = np.isfinite(data.accepted[:, at]) & np.isfinite(chances[:, at]) & np.isfinite(averages[:, at])
        right = data.accepted[tried, at]
        figures[f"{name}: tried"] = int(np.isfinite(data.accepted[:, at]).sum())
        figures[f"{name}: accepted"] = _rounded(_mean(data.accepted[:, at]))
        figures[f"{name}: error"] = _rounded(_mean((chances[tried, at] - right) ** 2))
        figures[f"{name}: error of the average"] = _rounded(_mean((averages[tried, at] - right) ** 2))
    return figures


def _with_curve(model: RouterModel, unseen: tuple[Floats, Floats], turns: Sequence[PastTurn]) -> RouterModel:
    """Keep with what was learned what each threshold would mean, by chances of questions that were not learned from."""
    chances = unseen[0][np.isfinite(unseen[0]).all(axis=1)]
    if not len(chances):
        return model
    usd, seconds = zip(*costs(turns, model.rungs), strict=True)
    if any(usd):
        return replace(model, curve=curve(chances, usd), unit="usd")
    return replace(model, curve=curve(chances, seconds), unit="seconds")


def _tell(model: RouterModel) -> None:
    for name, tried in zip(model.rungs, model.tried, strict=True):
        few = f": only its average, for slopes need {LEAST_TRIES}" if tried < LEAST_TRIES else ""
        say(f"{name}: {tried} verdicts{few}")
    for point in points(model):
        if point.threshold in SHOWN:
            starts = ", ".join(f"{name} {share:.0%}" for name, share in zip(model.rungs, point.starts, strict=True))
            cost = f"${1000 * point.cost:.4g} a thousand questions" if model.unit == "usd" else f"{point.cost:.2g} s"
            say(f"threshold {point.threshold}: starts at {starts}; first draft holds {point.accepted:.0%}; {cost}")


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _rounded(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None
