"""Whether a model was sure of its words: the log-probabilities of its tokens.

They are badly calibrated and differ from model to model, so there is no threshold for all: `threshold` finds one in
drafts whose worth is known, such as those that another verifier judged. Beside the mean, which easy words raise, the
least sure tokens count: Gupta et al., "Language Model Cascades: Token-level uncertainty and beyond" (ICLR 2024).
"""

from collections.abc import Callable, Sequence
from math import exp, sqrt

from bot.ensemble.verifiers.verdict import Draft, Verdict, Verifier

QUANTILE = 0.1
"""Of the tokens, the least sure: one invented name in an easy sentence is seen there and not in the mean."""

Measure = Callable[[Sequence[float]], float]


def mean(logprobs: Sequence[float]) -> float:
    """Return the mean of the log-probabilities, natural logarithm."""
    return sum(logprobs) / len(logprobs)


def unsurest(logprobs: Sequence[float]) -> float:
    """Return the mean of the least sure tenth, one at least."""
    count = max(1, round(QUANTILE * len(logprobs)))
    return mean(sorted(logprobs)[:count])


def confident(least: float, *, by: Measure = mean) -> Verifier:
    """Return the verifier that refuses drafts below `least`, a log-probability; and those without any, for who asked
    for confidence must not get none. The score is the probability.
    """

    def verify(draft: Draft) -> Verdict:
        if not draft.logprobs:
            return Verdict(False, "the server gave no log-probabilities")
        sure = by(draft.logprobs)
        words = f"the model was {'' if sure >= least else 'not '}sure of its words ({exp(sure):.2f} a token)"
        return Verdict(sure >= least, words, exp(min(sure, 0.0)))

    return verify


def threshold(known: Sequence[tuple[float, bool]], *, precision: float, z: float = 1.645) -> float | None:
    """Return the least confidence at and above which drafts are right often enough, None if there is no such.

    known: confidence and whether the draft was right. Often enough: the lower end of Wilson's interval is `precision`
    or more (z = 1.645: with 95 % certainty, one-sided).
    """
    ranked = sorted(known, reverse=True)
    found, right = None, 0
    for count, (sure, was_right) in enumerate(ranked, start=1):
        right += was_right
        last_of_equals = count == len(ranked) or ranked[count][0] < sure
        if last_of_equals and wilson_lower(right, count, z=z) >= precision:
            found = sure
    return found


def wilson_lower(right: int, count: int, *, z: float = 1.645) -> float:
    """Return the lower end of Wilson's score interval for a share (Wilson, 1927); 0 without any."""
    if count == 0:
        return 0.0
    share = right / count
    middle = share + z * z / (2 * count)
    spread = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - spread) / (1 + z * z / count)
