"""What a draft is, and what a verifier says of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a model wrote, before anybody may see it.

    finished: the model came to its end by itself. logprobs: of its tokens, natural logarithm, where they were wanted.
    """

    text: str
    finished: bool = True
    logprobs: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a draft may pass, why in words for a receipt, and how sure the verifier is: 0 to 1, None = yes or no."""

    accepted: bool
    why: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Judged(Generic[T]):
    """A verdict, and what of the draft may be used; None if nothing."""

    verdict: Verdict
    value: T | None = None


Verifier = Callable[[Draft], Verdict]
"""Judges one draft; pure, or through a port whose errors it lets pass."""


def all_of(verifiers: Sequence[Verifier]) -> Verifier:
    """Return the verifier that accepts what all accept; the first refusal ends it, the least score counts."""

    def verify(draft: Draft) -> Verdict:
        verdicts: list[Verdict] = []
        for verifier in verifiers:
            verdict = verifier(draft)
            if not verdict.accepted:
                return verdict
            verdicts.append(verdict)
        scores = [verdict.score for verdict in verdicts if verdict.score is not None]
        return Verdict(True, "; ".join(verdict.why for verdict in verdicts), min(scores, default=None))

    return verify


def verified(draft: Draft, verifiers: Sequence[Verifier]) -> Judged[str]:
    """Return the draft's text if all verifiers accept it."""
    verdict = all_of(verifiers)(draft)
    return Judged(verdict, draft.text if verdict.accepted else None)
