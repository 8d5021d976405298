"""How well the right documents are found: nDCG and recall, as trec_eval and BEIR reckon them."""

import math
from collections.abc import Mapping, Sequence

Judgements = Mapping[str, float]
"""How relevant each judged document is; 0 or less is not relevant."""


def ndcg(ranked: Sequence[str], judged: Judgements, depth: int) -> float:
    """Return the gain of the first `depth` documents, discounted by log2(rank + 1), as a share of the best possible."""
    best = sorted((value for value in judged.values() if value > 0), reverse=True)[:depth]
    most = sum(value / math.log2(place + 2) for place, value in enumerate(best))
    gained = sum(max(judged.get(one, 0.0), 0.0) / math.log2(place + 2) for place, one in enumerate(ranked[:depth]))
    return gained / most if most else 0.0


def recall(ranked: Sequence[str], judged: Judgements, depth: int) -> float:
    """Return which share of the relevant documents is among the first `depth`."""
    relevant = {name for name, value in judged.items() if value > 0}
    return len(relevant & set(ranked[:depth])) / len(relevant) if relevant else 0.0
