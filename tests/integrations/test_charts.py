"""Pictures of figures: real PNGs, whose pixels say what the figures say."""

from io import BytesIO

import pytest
from PIL import Image

from bot.ports.charts import Bar, Line
from integrations.charts.canvas import COLOURS, drawable, figure, steps
from integrations.charts.drawing import PillowCharts


def opened(png: bytes) -> Image.Image:
    assert png.startswith(b"\x89PNG")
    return Image.open(BytesIO(png)).convert("RGB")


def near(pixel: tuple[int, ...], colour: str) -> bool:
    wanted = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return all(abs(one - other) <= 6 for one, other in zip(pixel, wanted, strict=True))


def extent(image: Image.Image, colour: str, *, below: int = 40) -> list[int]:
    """Return how many pixels of a colour each row has, rows without any left out; the legend is above."""
    rows = []
    for y in range(below, image.height):
        count = sum(near(image.getpixel((x, y)), colour) for x in range(image.width))
        rows += [count] if count else []
    return rows


def test_bars_are_as_long_as_their_values() -> None:
    bars = [Bar("small", (1.0, 4.0)), Bar("large", (2.0, 8.0))]
    image = opened(PillowCharts().bar_chart(bars, series=["here", "gpt-4.1"], unit="USD"))
    here, reference = extent(image, COLOURS[0]), extent(image, COLOURS[1])
    assert max(here) / min(here) == pytest.approx(2.0, rel=0.05)
    assert max(reference) / max(here) == pytest.approx(4.0, rel=0.05)


def test_what_the_font_cannot_write_is_numbered() -> None:
    korean = PillowCharts().bar_chart([Bar("번역", (1.0,))], series=["here"], unit="USD")
    numbered = PillowCharts().bar_chart([Bar("요약", (1.0,))], series=["here"], unit="USD")
    written = PillowCharts().bar_chart([Bar("translate", (1.0,))], series=["here"], unit="USD")
    assert korean == numbered != written
    assert drawable("slack:T1/C1")
    assert not drawable("채널")


def test_curves_go_where_their_points_are() -> None:
    rising = Line("answers", tuple((x / 10, x / 10) for x in range(11)))
    image = opened(PillowCharts().line_chart([rising], x="share of large calls", y="quality"))
    found = [
        (x, y) for x in range(image.width) for y in range(45, image.height) if near(image.getpixel((x, y)), COLOURS[0])
    ]
    leftmost, rightmost = min(found), max(found)
    assert rightmost[0] - leftmost[0] > image.width / 2
    assert leftmost[1] - rightmost[1] > 250, "it rises"


@pytest.mark.parametrize(
    ("lines", "ticks"),
    [
        ([], []),
        ([Line("one", ((1.0, 0.0),))], []),
        ([Line("flat", ((0.0, 0.0), (1.0, 0.0)))], []),
        ([Line("days", ((0.0, 0.5), (1.0, 0.7)))], [(0.0, "11-23"), (1.0, "11-24")]),
        ([Line("많음", tuple((float(x), 1e6 * x) for x in range(100)))], [(0.0, "처음")]),
    ],
)
def test_every_shape_of_figures_is_drawn(lines: list[Line], ticks: list[tuple[float, str]]) -> None:
    assert opened(PillowCharts().line_chart(lines, x="x", y="y", ticks=ticks)).width == 800


@pytest.mark.parametrize("values", [[], [0.0], [1e-7], [1e9], [float(x) for x in range(31)]])
def test_every_size_of_bars_is_drawn_and_stays_small(values: list[float]) -> None:
    png = PillowCharts().bar_chart([Bar("x" * 200, (value,)) for value in values], series=["here"], unit="USD")
    assert opened(png).width == 800
    assert len(png) < 40_000


def test_figures_and_steps_are_round() -> None:
    assert [figure(one) for one in (0, 0.00123, 0.5, 12.34, 1234.5, -2)] == [
        "0",
        "0.00123",
        "0.5",
        "12.3",
        "1,234",
        "-2",
    ]
    assert steps(0, 8.1) == [0, 2, 4, 6, 8, 10]
    assert steps(0, 0) == pytest.approx([0, 0.2])
    assert steps(0.13, 0.52) == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
