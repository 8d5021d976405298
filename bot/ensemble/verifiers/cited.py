"""Whether the evidence backs a draft, sentence by sentence."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from bot.domain.sentences import sentences
from bot.ensemble.verifiers.verdict import Draft, Judged, Verdict, Verifier, all_of

S = TypeVar("S")

NOT_BACKED = "no sentence of the draft is backed by the evidence and to the point"


def backed(draft: Draft, ground: Callable[[str], Sequence[S]], *, passing: Sequence[Verifier]) -> Judged[tuple[S, ...]]:
    """Return what of the draft the evidence backs; accept if that is anything.

    passing: sentences that one of these refuses are dropped before. ground: returns the sentences that are backed (see
    bot.generation.grounding.ground). Raises what `ground` raises.
    """
    verify = all_of(passing)
    judged = [(sentence, verify(Draft(sentence))) for sentence in sentences(draft.text)]
    kept = [sentence for sentence, verdict in judged if verdict.accepted]
    if judged and not kept:
        return Judged(Verdict(False, "; ".join(dict.fromkeys(verdict.why for _, verdict in judged))))
    grounded = tuple(ground("\n".join(kept)))
    if not grounded:
        return Judged(Verdict(False, NOT_BACKED))
    return Judged(Verdict(True, f"{len(grounded)} sentence(s) backed by the evidence"), grounded)
