"""`maru eval intents TRAIN TEST`: the understanding's first stage, trained on one file and judged by another."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.nlu.intents import Example, Guess, IntentHead, train
from bot.ports.embedder import Embedder
from workers.bootstrap.evaluation import encoders
from workers.evaluation import inputs
from workers.evaluation.embeddings import EmbeddingCache
from workers.evaluation.report import Figures, conclude, milliseconds, say
from workers.evaluation.servers import served
from workers.settings import Settings

TIMED = 200
"""Messages that are embedded and judged one by one, as a turn does it; the other vectors may come from the cache."""


def run(
    settings: Settings, training: Path, test: Path, *, validation: Path | None = None, cache: Path | None = None
) -> int:
    """Print the figures."""
    conclude(evaluate(settings, training, test, validation=validation, cache=cache))
    return 0


def evaluate(
    settings: Settings, training: Path, test: Path, *, validation: Path | None = None, cache: Path | None = None
) -> Figures:
    """Train, choose the threshold without the test file, and judge; a rejected in-scope message counts as wrong.

    The threshold is chosen on `validation`, or by cross-validation within the training file where none is given. Where
    the test file has nothing out of scope, there is nothing to reject, and no threshold is applied.
    Raises DataRefused, StartFailed, EncoderUnavailable.
    """
    examples, asked = inputs.labelled(training), inputs.labelled(test)
    checked = inputs.labelled(validation) if validation else []
    with served(settings) as serving:
        embedder = encoders(serving).embedder
        kept = EmbeddingCache(embedder, cache or settings.home / "cache", told=_progress)
        vectors, checked_vectors, asked_vectors = (
            kept.embed([one.text for one in rows], kind="query") for rows in (examples, checked, asked)
        )
        began = time.perf_counter()
        head = train(examples, vectors, validation=checked, validation_vectors=checked_vectors)
        say(
            f"trained on {len(examples)} examples of {len(head.intents)} intents in {time.perf_counter() - began:.1f} s"
        )
        guesses = [head.guess(one.text, vector) for one, vector in zip(asked, asked_vectors, strict=True)]
        timed = _timed(head, embedder, asked)
    return _figures(asked, guesses, head) | timed


def _timed(head: IntentHead, embedder: Embedder, asked: Sequence[Example]) -> Figures:
    """Time messages one by one, their embedding included, as a turn meets them."""
    whole, decided = [], []
    for one in asked[:TIMED]:
        began = time.perf_counter()
        vector = embedder.embed([one.text], kind="query")[0]
        embedded = time.perf_counter()
        head.guess(one.text, vector)
        decided.append(time.perf_counter() - embedded)
        whole.append(time.perf_counter() - began)
    return {
        "ms_per_message": round(1000 * sum(whole) / len(whole), 2),
        "decision_ms_p99": milliseconds(decided, 0.99),
    }


def _figures(asked: Sequence[Example], guesses: Sequence[Guess], head: IntentHead) -> Figures:
    pairs = list(zip(asked, guesses, strict=True))
    inside = [(one, guess) for one, guess in pairs if one.intent is not None]
    outside = [guess for one, guess in pairs if one.intent is None]
    threshold = head.threshold if outside else 0.0
    say(f"{len(inside)} messages in scope, {len(outside)} out of scope; threshold {threshold:.3f}")
    return {
        "accuracy": _share([guess.best == one.intent and guess.confidence >= threshold for one, guess in inside]),
        "oos_recall": _share([guess.confidence < threshold for guess in outside]),
        "accuracy_without_threshold": _share([guess.best == one.intent for one, guess in inside]),
        "oos_auroc": _auroc([guess.confidence for _, guess in inside], [guess.confidence for guess in outside]),
        "threshold": round(threshold, 4),
    }


def _share(facts: Sequence[bool]) -> float | None:
    return round(sum(facts) / len(facts), 4) if facts else None


def _auroc(inside: Sequence[float], outside: Sequence[float]) -> float | None:
    """Return the chance that a message in scope is trusted more than one out of scope."""
    if not inside or not outside:
        return None
    ranked = np.sort(np.array(inside))
    above = len(inside) - np.searchsorted(ranked, outside, side="right")
    equal = np.searchsorted(ranked, outside, side="right") - np.searchsorted(ranked, outside, side="left")
    return round(float((above + equal / 2).mean() / len(inside)), 4)


def _progress(done: int, total: int) -> None:
    if done % 1024 == 0 or done == total:
        say(f"{done} of {total} texts embedded")
