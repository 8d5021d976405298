"""Whether the best passage is likely to hold the answer."""

from math import exp

_BIAS, _COVERAGE, _COSINE = -3.0, 6.0, 0.0
_THRESHOLD = 0.5


def answerable(coverage: float, cosine: float) -> bool:
    """Judge by idf-weighted coverage of the question's terms and the cosine of the best passage."""
    return 1 / (1 + exp(-(_BIAS + _COVERAGE * coverage + _COSINE * cosine))) >= _THRESHOLD
