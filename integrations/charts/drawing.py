"""Bars and curves as PNG, drawn with Pillow."""

from collections.abc import Sequence

from bot.ports.charts import Bar, Line
from integrations.charts.canvas import COLOURS, GREY, GRID, INK, Canvas, drawable, figure, fitting, steps

WIDTH, MARGIN = 800, 20
_THICK, _GAP, _ROW = 14, 12, 24
_LONGEST_LABEL, _VALUE = 260, 70
_PLOT_HEIGHT = 320


class PillowCharts:
    """`Charts` by Pillow and the font inside it, Aileron, which has Latin letters only."""

    def bar_chart(self, bars: Sequence[Bar], *, series: Sequence[str], unit: str) -> bytes:
        """Return a PNG of horizontal bars."""
        band = _THICK * len(series) + _GAP
        canvas = Canvas(WIDTH, 2 * MARGIN + 2 * _ROW + band * len(bars))
        labels = [_numbered(canvas, number, bar.label) for number, bar in enumerate(bars, start=1)]
        left = MARGIN + max((canvas.length(label) for label in labels), default=0) + 10
        marks = steps(0, max((value for bar in bars for value in bar.values), default=1) or 1)
        scale = (WIDTH - MARGIN - _VALUE - left) / marks[-1]
        top, bottom = MARGIN + _ROW, MARGIN + _ROW + band * len(bars)
        _legend(canvas, series)
        for mark in marks:
            x = left + mark * scale
            canvas.path([(x, top), (x, bottom)], colour=GRID)
            canvas.text(x, bottom + 8, figure(mark), colour=GREY, anchor="mt")
        canvas.text(WIDTH - MARGIN, MARGIN, unit, colour=GREY, anchor="rm")
        for number, (bar, label) in enumerate(zip(bars, labels, strict=True)):
            y = top + number * band + _GAP / 2
            canvas.text(left - 10, y + _THICK * len(series) / 2, label, anchor="rm")
            for place, value in enumerate(bar.values):
                upper = y + place * _THICK
                end = left + value * scale
                canvas.box(left, upper, right=end, bottom=upper + _THICK - 2, colour=COLOURS[place % len(COLOURS)])
                canvas.text(end + 6, upper + _THICK / 2 - 1, figure(value), colour=GREY)
        return canvas.png()

    def line_chart(self, lines: Sequence[Line], *, x: str, y: str, ticks: Sequence[tuple[float, str]] = ()) -> bytes:
        """Return a PNG of curves."""
        canvas = Canvas(WIDTH, 2 * MARGIN + 3 * _ROW + _PLOT_HEIGHT)
        points = [point for line in lines for point in line.points] or [(0.0, 0.0)]
        plot = _Plot(
            canvas,
            xs=steps(min(one for one, _ in points), max(one for one, _ in points)),
            ys=steps(min(0.0, *(one for _, one in points)), max(one for _, one in points)),
            exact=(min(one for one, _ in points), max(one for one, _ in points)) if ticks else None,
        )
        _legend(canvas, [line.name for line in lines])
        canvas.text(WIDTH - MARGIN, MARGIN, y, colour=GREY, anchor="rm")
        plot.grid(ticks, x)
        for number, line in enumerate(lines):
            colour = COLOURS[number % len(COLOURS)]
            placed = [plot.at(*point) for point in line.points]
            if len(placed) > 1:
                canvas.path(placed, colour=colour, width=2)
            for one in placed if len(placed) <= 40 else ():
                canvas.dot(*one, colour=colour)
        return canvas.png()


class _Plot:
    """Where values lie on the canvas."""

    def __init__(self, canvas: Canvas, *, xs: list[float], ys: list[float], exact: tuple[float, float] | None) -> None:
        """exact: the ends of the x axis where it has words of its own, not round numbers."""
        self._canvas, self._xs, self._ys = canvas, xs, ys
        self.least, self.most = exact if exact else (xs[0], xs[-1])
        self.left = MARGIN + max(canvas.length(figure(one)) for one in ys) + 8
        self.right, self.top = WIDTH - 2 * MARGIN, MARGIN + _ROW
        self.bottom = self.top + _PLOT_HEIGHT

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the place of a value."""
        across = (x - self.least) / (self.most - self.least or 1.0)
        up = (y - self._ys[0]) / (self._ys[-1] - self._ys[0])
        return self.left + across * (self.right - self.left), self.bottom - up * (self.bottom - self.top)

    def grid(self, ticks: Sequence[tuple[float, str]], name: str) -> None:
        """Draw the axes with their numbers or words."""
        for mark in self._ys:
            _, height = self.at(self.least, mark)
            self._canvas.path([(self.left, height), (self.right, height)], colour=GRID)
            self._canvas.text(self.left - 6, height, figure(mark), colour=GREY, anchor="rm")
        for mark, words in ticks or [(mark, figure(mark)) for mark in self._xs]:
            place, _ = self.at(mark, self._ys[0])
            self._canvas.path([(place, self.bottom), (place, self.bottom + 4)], colour=INK)
            self._canvas.text(place, self.bottom + 8, words if drawable(words) else "", colour=GREY, anchor="mt")
        self._canvas.path([(self.left, self.bottom), (self.right, self.bottom)], colour=INK)
        self._canvas.text((self.left + self.right) / 2, self.bottom + _ROW + 8, name, colour=GREY, anchor="mt")


def _numbered(canvas: Canvas, number: int, label: str) -> str:
    return fitting(canvas, f"{number}  {label}", _LONGEST_LABEL) if drawable(label) else f"{number}"


def _legend(canvas: Canvas, names: Sequence[str]) -> None:
    x: float = MARGIN
    for number, name in enumerate(names, start=1):
        words = name if drawable(name) else f"({number})"
        canvas.box(x, MARGIN - 6, right=x + 12, bottom=MARGIN + 6, colour=COLOURS[(number - 1) % len(COLOURS)])
        canvas.text(x + 18, MARGIN, words)
        x += 18 + canvas.length(words) + 24
