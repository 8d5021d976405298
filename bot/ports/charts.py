"""Pictures of figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Bar:
    """One label, with a value for each series."""

    label: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One curve. points: (x, y), in the order in which they are joined."""

    name: str
    points: tuple[tuple[float, float], ...]


class Charts(Protocol):
    """Draws PNGs. Thread-safe.

    What the font cannot write (it has no Hangul) is left out and stays with the words beside the picture: bars are
    numbered for that, from 1 on, in their order.
    """

    def bar_chart(self, bars: Sequence[Bar], *, series: Sequence[str], unit: str) -> bytes:
        """Return a PNG of horizontal bars, values 0 or more, one of each series for every label. unit: theirs."""

    def line_chart(self, lines: Sequence[Line], *, x: str, y: str, ticks: Sequence[tuple[float, str]] = ()) -> bytes:
        """Return a PNG of curves. x, y: what the axes mean. ticks: words along x instead of numbers."""
