"""`/maru router`: what the ladder router's threshold costs and brings, as a picture, and the one dial that moves it."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence

from bot.application.administration import Command, Undone
from bot.application.cost_words import dollars
from bot.application.router_words import say
from bot.dialogue.manager import COMMAND_PREFIX
from bot.domain.events import Event
from bot.domain.language import Language
from bot.domain.messages import Picture, Reply
from bot.ensemble.router import THRESHOLD, RouterModel, Unit
from bot.ensemble.tradeoff import Point, points
from bot.ports.charts import Charts, Line
from bot.ports.router_dial import RouterDial

SHOWN = (0.3, 0.5, 0.7, 0.9)
"""Thresholds in the table, beside the one in use."""

_NUMBER = re.compile(r"(?:0?\.\d{1,2}|[01](?:\.0{1,2})?)")
_AXES: Mapping[Unit, str] = {
    "usd": "expected cost in USD per 1,000 questions",
    "seconds": "expected seconds of models per question",
}


class RouterCommands:
    """The commands and what they use. learned: what the router in use has learned, None while the prior decides."""

    def __init__(self, *, learned: Callable[[], RouterModel | None], dial: RouterDial, charts: Charts) -> None:
        self._learned, self._dial, self._charts = learned, dial, charts

    def commands(self) -> Mapping[str, Command]:
        """Return the rows of the command table."""
        return {
            "router": Command(self._show, administrators_only=True),
            "router threshold": Command(self._turn, administrators_only=True),
        }

    def _show(self, rest: str, event: Event, language: Language) -> str | Reply:
        command = COMMAND_PREFIX[event.address.platform]
        if rest.strip():
            return Undone(say("usage", language, c=command))
        set_to, model = self._dial.threshold(), self._learned()
        threshold = THRESHOLD if set_to is None else set_to
        head = [say("title", language), say("now", language, threshold=threshold)]
        change = say("change", language, c=command)
        curve = points(model) if model else []
        if model is None or not curve:
            return "\n".join([*head, say("untaught", language), change])
        here = _nearest(curve, threshold)
        lines = [f"- {_told(one, model, language, now=one is here)}" for one in _shown(curve, here)]
        counts = zip(model.rungs, model.tried, strict=True)
        learned = ", ".join(say("verdicts", language, name=name, count=count) for name, count in counts)
        text = "\n".join([*head, say("learned", language, verdicts=learned), *lines, change])
        return Reply(text, picture=self._picture(curve, here, unit=model.unit, language=language))

    def _picture(self, curve: Sequence[Point], here: Point, *, unit: Unit, language: Language) -> Picture:
        factor = 1000 if unit == "usd" else 1

        def at(one: Point) -> tuple[float, float]:
            return factor * one.cost, 100 * one.accepted

        lines = [
            Line("by threshold", tuple(sorted(at(one) for one in curve))),
            Line(f"now ({here.threshold:.2f})", (at(here),)),
        ]
        png = self._charts.line_chart(lines, x=_AXES[unit], y="first drafts that hold, %")
        return Picture("router", b64encode(png).decode(), say("alt", language))

    def _turn(self, rest: str, event: Event, language: Language) -> str:
        if not _NUMBER.fullmatch(rest.strip()):
            return Undone(say("usage", language, c=COMMAND_PREFIX[event.address.platform]))
        threshold = float(rest)
        self._dial.turn(threshold, by=event.person)
        return say("set", language, threshold=threshold)


def _nearest(curve: Sequence[Point], threshold: float) -> Point:
    return min(curve, key=lambda one: abs(one.threshold - threshold))


def _shown(curve: Sequence[Point], here: Point) -> list[Point]:
    wanted = {_nearest(curve, one).threshold for one in SHOWN} | {here.threshold}
    return [one for one in curve if one.threshold in wanted]


def _told(one: Point, model: RouterModel, language: Language, *, now: bool) -> str:
    starts = ", ".join(
        f"`{name}` {share:.0%}" for name, share in zip(model.rungs, one.starts, strict=True) if share >= 0.005
    )
    cost = (
        say("usd", language, usd=dollars(1000 * one.cost))
        if model.unit == "usd"
        else say("seconds", language, seconds=one.cost)
    )
    return say(
        "point",
        language,
        threshold=one.threshold,
        accepted=one.accepted,
        cost=cost,
        starts=starts,
        here=say("here", language) if now else "",
    )
