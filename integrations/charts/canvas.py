"""Paper, pen and scales: what charts are drawn with."""

from collections.abc import Sequence
from io import BytesIO
from math import ceil, floor, log10

from PIL import Image, ImageDraw, ImageFont

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
"""Okabe and Ito's palette, which people tell apart whatever colours they see."""

INK, GREY, GRID, PAPER = "#222222", "#666666", "#dddddd", "#ffffff"
TEXT = 15
_FINE = 2
"""Everything is drawn larger by this and scaled down, which smooths its edges."""


class Canvas:
    """A sheet of paper; lengths are pixels of the finished picture."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._image = Image.new("RGB", (width * _FINE, height * _FINE), PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self._font = ImageFont.load_default(TEXT * _FINE)

    def box(self, left: float, top: float, *, right: float, bottom: float, colour: str) -> None:
        """Fill a rectangle, at least a pixel wide."""
        right = max(right, left + 1)
        self._draw.rectangle([left * _FINE, top * _FINE, right * _FINE - 1, bottom * _FINE - 1], fill=colour)

    def path(self, points: Sequence[tuple[float, float]], *, colour: str, width: float = 1) -> None:
        """Join points by straight lines."""
        fine = [(x * _FINE, y * _FINE) for x, y in points]
        self._draw.line(fine, fill=colour, width=round(width * _FINE), joint="curve")

    def dot(self, x: float, y: float, *, colour: str, radius: float = 3) -> None:
        """Fill a circle."""
        self._draw.circle((x * _FINE, y * _FINE), radius * _FINE, fill=colour)

    def text(self, x: float, y: float, words: str, *, colour: str = INK, anchor: str = "lm") -> None:
        """Write at a point. anchor: Pillow's, such as `lm` (left middle), `rm`, `mt`."""
        self._draw.text((x * _FINE, y * _FINE), words, fill=colour, font=self._font, anchor=anchor)

    def length(self, words: str) -> float:
        """Return how wide the words are."""
        return float(self._font.getlength(words)) / _FINE

    def png(self) -> bytes:
        """Return the picture; few colours, so that it is small."""
        smooth = self._image.resize((self.width, self.height), Image.Resampling.BOX)
        kept = BytesIO()
        smooth.quantize(64).save(kept, "PNG", optimize=True)
        return kept.getvalue()


def drawable(words: str) -> bool:
    """Tell whether the font inside Pillow can write it; of Hangul and most else it has no letter."""
    return words.isascii() and words.isprintable()


def fitting(canvas: Canvas, words: str, most: float) -> str:
    """Return the words, cut with `...` to be no wider."""
    if canvas.length(words) <= most:
        return words
    while words and canvas.length(f"{words}...") > most:
        words = words[:-1]
    return f"{words}..."


def figure(value: float) -> str:
    """Return a number of three digits or so: `0`, `0.0012`, `12.3`, `1,234`."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - floor(log10(abs(value))))}f}".rstrip("0").rstrip(".")


def steps(least: float, most: float, *, about: int = 5) -> list[float]:
    """Return round numbers that cover a range: multiples of 1, 2 or 5 times a power of ten, `about` as many."""
    span = most - least or abs(most) or 1.0
    rough = span / about
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = floor(least / step + 1e-9), ceil(most / step - 1e-9)
    return [number * step for number in range(first, max(last, first + 1) + 1)]
