"""`maru router train|evaluate`: the ladder router learns from Maru's own records, and is judged by them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.domain.errors import DataRefused
from bot.ensemble.folds import folds_of
from bot.ensemble.router import THRESHOLD, RouterModel
from bot.ensemble.router_training import LEAST_TRIES, Outcomes
from bot.ensemble.router_training import train as learn
from bot.ensemble.surface import surface
from bot.learning.datasets import Verdicts, models_of, table, verdicts
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

Floats = NDArray[np.float64]


def train(settings: Settings, *, cache: Path | None = None) -> int:
    """Learn from the answers so far and write MARU_HOME/router.npz, which the workers take over within 5 s.

    Raises DataRefused where no model wrote a draft yet; NotRunning, EncoderUnavailable, DatabaseUnavailable.
    """
    rows = _records(settings)
    names = models_of(rows)
    data, embedding = _outcomes(settings, rows, names, cache=cache)
    model = learn(data, rungs=names, embedding=embedding)
    figures = _judged(data, names, embedding=embedding)
    save(router_file(settings.home), model)
    _tell(model)
    conclude({"turns": len(rows), **figures})
    return 0


def evaluate(settings: Settings, *, cache: Path | None = None) -> int:
    """Judge what the router learned, and what it would learn now, by the answers so far."""
    rows = _records(settings)
    names = models_of(rows)
    data, embedding = _outcomes(settings, rows, names, cache=cache)
    model = load(router_file(settings.home))
    if model is None:
        say("nothing was learned yet: answers start where the prior says (maru router train)")
    else:
        _tell(model)
        _thresholds(model, data)
    conclude({"turns": len(rows), **_judged(data, names, embedding=embedding)})
    return 0


def _records(settings: Settings) -> list[Verdicts]:
    with past_turns(database_url(settings)) as turns:
        rows = verdicts(turns.newest(MOST_TURNS))
    if not rows:
        raise DataRefused(
            "No model has written a draft here yet: there is nothing to learn from. Ask Maru some questions."
        )
    return rows


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


def _judged(data: Outcomes, names: Sequence[str], *, embedding: str) -> Figures:
    """Return, a model each, how often it was accepted, and the squared error of chances by a router that had not seen
    the channel (or the turn, where channels are few), beside that of the model's average."""
    folds = folds_of(len(data.accepted), data.groups, count=FOLDS)
    chances = np.full(data.accepted.shape, np.nan)
    averages = np.full(data.accepted.shape, np.nan)
    for fold in np.unique(folds):
        held, others = data.take(folds == fold), data.take(folds != fold)
        if not len(others.accepted):
            continue
        chances[folds == fold] = learn(others, rungs=names, embedding=embedding).chances(held.vectors, held.surfaces)
        averages[folds == fold] = [_mean(column) for column in others.accepted.T]
    figures: Figures = {}
    for at, name in enumerate(names):
        tried = np.isfinite(data.accepted[:, at]) & np.isfinite(chances[:, at]) & np.isfinite(averages[:, at])
        right = data.accepted[tried, at]
        figures[f"{name}: tried"] = int(np.isfinite(data.accepted[:, at]).sum())
        figures[f"{name}: accepted"] = _rounded(_mean(data.accepted[:, at]))
        figures[f"{name}: error"] = _rounded(_mean((chances[tried, at] - right) ** 2))
        figures[f"{name}: error of the average"] = _rounded(_mean((averages[tried, at] - right) ** 2))
    return figures


def _thresholds(model: RouterModel, data: Outcomes) -> None:
    """Say what each threshold would mean: how many turns start at which model, and how likely the first draft holds."""
    # A ladder tries its cheap rungs more often than those above them.
    cheapest_first = sorted(range(len(model.rungs)), key=lambda at: -model.tried[at])
    names = [model.rungs[at] for at in cheapest_first]
    chances = model.chances(data.vectors, data.surfaces)[:, cheapest_first]
    for threshold in (0.3, THRESHOLD, 0.7, 0.9):
        starts = np.where(
            (chances >= threshold).any(axis=1), (chances >= threshold).argmax(axis=1), chances.argmax(axis=1)
        )
        shares = ", ".join(f"{name} {np.mean(starts == at):.0%}" for at, name in enumerate(names))
        expected = chances[np.arange(len(starts)), starts].mean()
        say(f"threshold {threshold}: starts at {shares}; expected to be accepted at once {expected:.0%}")


def _tell(model: RouterModel) -> None:
    for name, tried in zip(model.rungs, model.tried, strict=True):
        few = f": only its average, for slopes need {LEAST_TRIES}" if tried < LEAST_TRIES else ""
        say(f"{name}: {tried} verdicts{few}")


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _rounded(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None
