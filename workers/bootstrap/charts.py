"""Charts, in the process that draws one and only there."""

from collections.abc import Sequence
from importlib import import_module

from bot.ports.charts import Bar, Charts, Line


class LateCharts:
    """`Charts` that imports what draws with the first picture: five megabytes that most workers never need."""

    def __init__(self) -> None:
        self._charts: Charts | None = None

    def bar_chart(self, bars: Sequence[Bar], *, series: Sequence[str], unit: str) -> bytes:
        """Return a PNG of horizontal bars."""
        return self._drawing.bar_chart(bars, series=series, unit=unit)

    def line_chart(self, lines: Sequence[Line], *, x: str, y: str, ticks: Sequence[tuple[float, str]] = ()) -> bytes:
        """Return a PNG of curves."""
        return self._drawing.line_chart(lines, x=x, y=y, ticks=ticks)

    @property
    def _drawing(self) -> Charts:
        if self._charts is None:
            self._charts = import_module("integrations.charts.drawing").PillowCharts()
        return self._charts
