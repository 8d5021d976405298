"""`/maru router`: the curve as a picture, and the dial."""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bot.application.administration import Undone
from bot.application.router_admin import RouterCommands
from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.events import CommandReceived, EventId, MessageKey
from bot.domain.messages import Reply
from bot.ensemble.router import THRESHOLD, RouterModel
from bot.ensemble.surface import SURFACE
from bot.ensemble.tradeoff import curve, points
from bot.ports.charts import Bar, Line
from integrations.charts.drawing import PillowCharts
from integrations.memory.switchboard import InMemoryRouterDial

ADMIN = PersonId("slack:T1/ADMIN")
CHANCES = np.array([[0.9, 0.95], [0.2, 0.9], [0.6, 0.8], [0.1, 0.3]])
COSTS = (0.001, 0.01)
"""Of the small model and the large one."""

MODEL = RouterModel(
    rungs=("small", "large"),
    embedding="e",
    width=1,
    centre=np.zeros(SURFACE),
    spread=np.ones(SURFACE),
    waves=np.zeros((SURFACE, 0)),
    phases=np.zeros(0),
    weights=np.zeros((2 + SURFACE, 2)),
    tried=(300, 120),
    curve=curve(CHANCES, COSTS),
)


def test_a_point_of_the_curve_says_what_its_threshold_costs_and_brings() -> None:
    point = next(one for one in points(MODEL) if one.threshold == 0.5)
    # Two start small, and of those 10 % and 40 % climb on; two start large.
    assert point.starts == (0.5, 0.5)
    assert point.cost == pytest.approx((0.001 + 0.1 * 0.01 + 0.001 + 0.4 * 0.01 + 2 * 0.01) / 4)
    assert point.accepted == pytest.approx((0.9 + 0.6 + 0.9 + 0.3) / 4)


def test_what_is_cheap_comes_first_whatever_its_place() -> None:
    turned = points(replace(MODEL, rungs=("large", "small"), curve=curve(CHANCES[:, ::-1], COSTS[::-1])))
    assert [(one.cost, one.accepted, one.starts[::-1]) for one in turned] == [
        (one.cost, one.accepted, one.starts) for one in points(MODEL)
    ]


def test_a_higher_threshold_is_dearer_and_first_drafts_hold_more_often() -> None:
    costs, accepted = zip(*((one.cost, one.accepted) for one in points(MODEL) if one.threshold <= 0.3), strict=True)
    assert list(costs) == sorted(costs) and list(accepted) == sorted(accepted)
    assert costs[0] < costs[-1]


class Remembering(PillowCharts):
    """Charts whose lines can be looked at."""

    def line_chart(self, lines: list[Line], **words: object) -> bytes:  # type: ignore[override]  # as it is called here
        self.lines = lines
        return super().line_chart(lines, **words)  # type: ignore[arg-type]  # the same

    def bar_chart(self, bars: list[Bar], **words: object) -> bytes:  # type: ignore[override]  # not called
        raise NotImplementedError


Run = Callable[[str], str | Reply]


def asked(dial: InMemoryRouterDial, charts: Remembering, model: RouterModel | None = MODEL) -> Run:
    commands = RouterCommands(learned=lambda: model, dial=dial, charts=charts).commands()

    def run(line: str) -> str | Reply:
        name = "router threshold" if line.startswith("router threshold") else "router"
        assert commands[name].administrators_only
        address = Address(Platform.SLACK, channel="C1", team="T1")
        event = CommandReceived(EventId("1"), MessageKey("1"), ConversationId("c"), ADMIN, address, line)
        return commands[name].run(line.removeprefix(name).strip(), event, "ko" if "한국" in line else "en")

    return run


def test_the_curve_is_a_picture_with_the_threshold_in_use_marked() -> None:
    dial, charts = InMemoryRouterDial(), Remembering()
    run = asked(dial, charts)
    reply = run("router")
    assert isinstance(reply, Reply) and reply.picture is not None
    assert b64decode(reply.picture.png).startswith(b"\x89PNG")
    assert f"Threshold now: **{THRESHOLD:.2f}**" in reply.text
    assert "`small` 300, `large` 120" in reply.text
    assert "- 0.50: first draft holds 68%, $6.75 a thousand questions; starts at `small` 50%, `large` 50% ← now" in (
        reply.text
    )
    assert [line.name for line in charts.lines] == ["by threshold", "now (0.50)"]
    assert charts.lines[1].points == ((pytest.approx(6.75), pytest.approx(67.5)),)

    assert "80%" in str(run("router threshold 0.8"))
    assert (dial.threshold(), dial.by) == (0.8, ADMIN)
    again = run("router")
    assert isinstance(again, Reply) and "0.80: " in again.text
    assert charts.lines[1].points[0][0] > 6.75, "dearer"


def test_before_it_has_learned_it_says_so() -> None:
    for model in (None, replace(MODEL, curve=np.zeros((0, 0)))):
        reply = asked(InMemoryRouterDial(), Remembering(), model)("router")
        assert "learned nothing yet" in str(reply) and "router threshold" in str(reply)


@pytest.mark.parametrize(
    "line", ["router threshold", "router threshold 2", "router threshold -1", "router threshold x"]
)
def test_what_is_no_threshold_changes_nothing(line: str) -> None:
    dial = InMemoryRouterDial()
    assert isinstance(asked(dial, Remembering())(line), Undone)
    assert dial.threshold() is None


def test_without_prices_it_counts_seconds() -> None:
    reply = asked(InMemoryRouterDial(), Remembering(), replace(MODEL, unit="seconds"))("router")
    assert isinstance(reply, Reply) and "0.0068 s a question" in reply.text


def test_in_korean() -> None:
    reply = asked(InMemoryRouterDial(), Remembering())("router 한국어")
    assert isinstance(reply, Undone) and "사용법" in reply
