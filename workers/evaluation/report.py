"""What an evaluation prints: words as it goes, and the figures as one JSON line, last."""

import json
import math
from collections.abc import Mapping, Sequence

Figures = dict[str, float | int | None]


def say(words: str) -> None:
    """Print a line at once."""
    print(words, flush=True)


def conclude(figures: Mapping[str, float | int | None]) -> None:
    """Print the figures; a program reads the last line only."""
    print(json.dumps(figures, ensure_ascii=False), flush=True)


def milliseconds(seconds: Sequence[float], share: float) -> float:
    """Return the smallest duration that `share` (0 to 1) of them do not exceed, in milliseconds; 0 without any."""
    ranked = sorted(seconds)
    return round(ranked[max(0, math.ceil(share * len(ranked)) - 1)] * 1000, 2) if ranked else 0.0
