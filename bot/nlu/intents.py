"""Understanding's first stage: which intent a message has, and how sure that is. No model is called.

A softmax regression over the message's embedding and the sketch of its words, trained at start-up: closed examples in,
calibrated confidence out. It knows when it does not know: strangers (messages of no intent) reach less total evidence
over all intents (the energy of Liu et al. 2020), a flatter choice among them, and less of a lead over the examples of
strangers, where there are any. How much each says is fitted, like the threshold, on messages that the weights were not
trained on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.domain.documents import Vector
from bot.domain.errors import DataRefused
from bot.nlu import softmax
from bot.nlu.wording import SKETCH, Wording

Floats = NDArray[np.float32]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

SCALE = 20.0
"""Of unit vectors before regression, so that one penalty serves."""

WORDS = 0.6
"""Weight of the sketch beside the embedding; like scale and penalty chosen on CLINC150's validation set."""

PENALTY = 1e-3
ROUNDS = 60

REJECTED = 0.8
"""Share of strangers that the threshold is to reject, where examples of strangers were given …"""

SURENESS = 2.326
"""… with 99 % sureness, in standard errors: the fewer were held out, the more of these are rejected (Wilson 1927)."""

CHEAP = 0.01
"""Share of the held-out messages that may be lost for more strangers."""

KEPT = 0.95
"""Share of the held-out messages that the threshold keeps, where no stranger was ever seen."""

_SURE = float(np.log(KEPT / (1 - KEPT)))
"""Evidence of the confidence `KEPT`."""

FEW_STRANGERS = 20
"""Fewer examples of strangers are no class of their own."""

FOLDS = 5
MANY = 3_000
"""Examples above which only one fold is held out, not each in turn, where there are no strangers to be spared."""

SEED = 20261124


@dataclass(frozen=True, slots=True)
class Example:
    """A message and its intent; None: it has none of them."""

    text: str
    intent: str | None


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest intent; confidence: the chance, 0 to 1, that it is right. accepted: whether that is enough."""

    best: str
    confidence: float
    accepted: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """From evidence to confidence. weights: of energy, the choice's log-chance, the lead over strangers; a constant.

    intents: how many columns of scores are intents'; one more is the strangers'.
    """

    weights: tuple[float, float, float, float]
    threshold: float
    intents: int

    def confidence(self, scores: Floats) -> NDArray[np.float64]:
        """Return each row's chance of being right."""
        *kinds, constant = self.weights
        evidence = _evidence(scores, self.intents) @ kinds + constant
        trusted: NDArray[np.float64] = 1 / (1 + np.exp(-evidence))
        return trusted


class IntentHead:
    """What was learned. Immutable and thread-safe; 0.3 ms a message."""

    def __init__(self, intents: tuple[str, ...], *, features: "Features", weights: Floats, gate: Gate) -> None:
        self.intents = intents
        self._features = features
        self._weights = weights
        self._gate = gate

    @property
    def threshold(self) -> float:
        """The confidence from which a guess is accepted."""
        return self._gate.threshold

    def guess(self, text: str, vector: Vector | Floats) -> Guess:
        """Guess a message's intent from its words and its embedding."""
        row = self._features.of([text], np.asarray([vector], dtype=np.float32))
        scores = row @ self._weights[:-1] + self._weights[-1]
        confidence = float(self._gate.confidence(scores)[0])
        return Guess(
            self.intents[int(scores[0, : len(self.intents)].argmax())], confidence, confidence >= self._gate.threshold
        )


class Features:
    """How messages become rows: the embedding around the examples' mean, then the sketch of the words."""

    def __init__(self, wording: Wording, centre: Floats) -> None:
        self._wording = wording
        self._centre = centre

    def of(self, texts: Sequence[str], vectors: Floats) -> Floats:
        """Return a row a message."""
        meant = vectors - self._centre
        meant /= np.maximum(np.linalg.norm(meant, axis=1, keepdims=True), 1e-9)
        said = np.stack([self._wording.sketch(text) for text in texts]) if texts else np.zeros((0, SKETCH), np.float32)
        return np.hstack([meant, said * np.float32(WORDS)]) * np.float32(SCALE)


def train(
    examples: Sequence[Example],
    vectors: Sequence[Vector] | Floats,
    *,
    validation: Sequence[Example] = (),
    validation_vectors: Sequence[Vector] | Floats = (),
) -> IntentHead:
    """Return a head for the examples' intents; `vectors` are the embeddings of their texts, in order.

    Confidence and threshold come from `validation`, else from examples that are held out in turn. Raises DataRefused
    where there are fewer than two intents.
    """
    rows = np.asarray(vectors, dtype=np.float32)
    inside = np.array([one.intent is not None for one in examples], dtype=np.bool_)
    intents = tuple(sorted({one.intent for one in examples if one.intent is not None}))
    if len(intents) < 2:
        raise DataRefused("There are fewer than two intents among the examples: nothing is to be told apart.")
    labels = _labels(examples, intents)
    known = [one for one in examples if one.intent is not None]
    features = Features(Wording(one.text for one in known), rows[inside].mean(axis=0))
    design = features.of([one.text for one in examples], rows)
    apart = int((~inside).sum()) >= FEW_STRANGERS
    weights = _weights(design, labels, intents=len(intents), apart=apart)
    if validation:
        checked = features.of([one.text for one in validation], np.asarray(validation_vectors, dtype=np.float32))
        gate = _gate(checked @ weights[:-1] + weights[-1], _labels(validation, intents), intents=len(intents))
    else:
        gate = _gate(*_held_out(design, labels, intents=len(intents), apart=apart), intents=len(intents))
    return IntentHead(intents, features=features, weights=weights, gate=gate)


def _labels(examples: Sequence[Example], intents: Sequence[str]) -> Places:
    """Return each example's place among the intents; -1 for a stranger, and for an intent that is not among them."""
    places = {name: place for place, name in enumerate(intents)}
    return np.array([-1 if one.intent is None else places.get(one.intent, -1) for one in examples], dtype=np.int64)


def _weights(design: Floats, labels: Places, *, intents: int, apart: bool) -> Floats:
    """Train on the examples of intents; apart: and on those of strangers, as one more class."""
    if not apart:
        known = labels >= 0
        return softmax.fit(design[known], labels[known], classes=intents, penalty=PENALTY, rounds=ROUNDS)
    classes = np.where(labels < 0, intents, labels)
    return softmax.fit(design, classes, classes=intents + 1, penalty=PENALTY, rounds=ROUNDS)


def _held_out(design: Floats, labels: Places, *, intents: int, apart: bool) -> tuple[Floats, Places]:
    """Return scores of examples by weights that never saw them, and their labels."""
    folds = _folds(labels)
    if not apart:
        folds[labels < 0] = 0  # they are not trained on, so all of them may judge at once
    scores, asked = [], []
    for fold in range(FOLDS if apart or len(labels) <= MANY else 1):
        held = folds == fold
        weights = _weights(design[~held], labels[~held], intents=intents, apart=apart)
        scores.append(design[held] @ weights[:-1] + weights[-1])
        asked.append(labels[held])
    return np.concatenate(scores), np.concatenate(asked)


def _folds(labels: Places) -> Places:
    """Deal each intent's examples evenly to the folds, by a fixed shuffle."""
    generator = np.random.default_rng(SEED)
    folds = np.zeros(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        rows = generator.permutation(np.flatnonzero(labels == label))
        folds[rows] = (np.arange(len(rows)) + generator.integers(FOLDS)) % FOLDS
    return folds


def _gate(scores: Floats, labels: Places, *, intents: int) -> Gate:
    """Fit evidence on who is a stranger, where strangers were given, and then confidence on what is right.

    Fitted on rightness at once, the evidence would learn to tell near intents apart instead (measured: at 85 % of the
    strangers rejected, 0.4 points fewer messages right).
    """
    kinds = _evidence(scores, intents)
    right, strangers = scores[:, :intents].argmax(axis=1) == labels, labels < 0
    energy, sharp, lead, _ = _logistic(kinds, ~strangers if strangers.any() else right)
    slope, constant = _logistic((kinds @ [energy, sharp, lead])[:, None], right)
    gate = Gate((slope * energy, slope * sharp, slope * lead, constant), 0.0, intents)
    trusted = gate.confidence(scores)
    bar = _bar(trusted[strangers], trusted[~strangers])
    return replace(gate, threshold=bar)


def _bar(strangers: NDArray[np.float64], known: NDArray[np.float64]) -> float:
    """Return the threshold: what rejects enough strangers, and more of them where that costs next to nothing.

    Strangers to come are stranger than those that were given, so in a gap between both kinds it lies in the middle.
    """
    if not len(strangers):
        return float(np.quantile(known, 1 - KEPT))
    least = float(np.quantile(strangers, _share(len(strangers))))
    free = float(np.quantile(known, CHEAP)) if len(known) else least
    return max(least, (least + free) / 2)


def _share(count: int) -> float:
    """Return the least share of `count` whose Wilson interval begins above `REJECTED`; all of them where none does."""
    square = SURENESS**2
    for rejected in range(count + 1):
        share = rejected / count
        spread = SURENESS * np.sqrt(share * (1 - share) / count + square / (4 * count**2))
        if (share + square / (2 * count) - spread) / (1 + square / count) >= REJECTED:
            return share
    return 1.0


def _logistic(evidence: NDArray[np.float64], true: Flags) -> tuple[float, ...]:
    """Fit a logistic curve: the weight of each kind of evidence, and then the constant."""
    if true.all() or not true.any():
        return _unopposed(evidence)
    spread = np.maximum(evidence.std(axis=0), 1e-6)
    design = (evidence - evidence.mean(axis=0)) / spread
    fitted = softmax.fit(design.astype(np.float32), true.astype(np.int64), classes=2, penalty=1e-3, rounds=100)
    slopes = (fitted[:-1, 1] - fitted[:-1, 0]).astype(np.float64) / spread
    constant = float(fitted[-1, 1] - fitted[-1, 0] - (slopes * evidence.mean(axis=0)).sum())
    return (*map(float, slopes), constant)


def _unopposed(evidence: NDArray[np.float64]) -> tuple[float, ...]:
    """Return a curve where there is nothing to learn one from: more of any evidence counts for more."""
    total = evidence.sum(axis=1)
    return (*(1.0 for _ in range(evidence.shape[1])), _SURE - float(np.quantile(total, 1 - KEPT)))


def _evidence(scores: Floats, intents: int) -> NDArray[np.float64]:
    """Return each row's energy, the log-chance of its likeliest intent, and that intent's lead over the strangers."""
    meant = scores[:, :intents].astype(np.float64)
    top = meant.max(axis=1)
    energy = top + np.log(np.exp(meant - top[:, None]).sum(axis=1))
    lead = top - scores[:, intents] if scores.shape[1] > intents else np.zeros(len(scores))
    return np.stack([energy, top - energy, lead], axis=1)
