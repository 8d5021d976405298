"""`cost` and `quota`: what calls to models cost, beside the reference and idle GPUs, and how much may be spent."""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import get_args

from bot.application.administration import Command, Undone
from bot.application.cost_words import dollars, say, shortened
from bot.dialogue.manager import COMMAND_PREFIX
from bot.domain.conversation import PersonId, Standing
from bot.domain.events import Event
from bot.domain.language import Language
from bot.domain.messages import Picture, Reply
from bot.domain.models import ModelEntry
from bot.domain.money import WORKSPACE_SCOPE, CostLine, Dimension, Quota, QuotaPeriod, Reference, Spent
from bot.ports.charts import Bar, Charts, Line
from bot.ports.clock import Clock
from bot.ports.directory import Directory
from bot.ports.ledger import Ledger
from bot.ports.quotas import Quotas

PERIODS: Mapping[str, int] = {"day": 1, "week": 7, "month": 30}
"""Calendar days of UTC, today included."""

DEFAULT_PERIOD = "week"
DIMENSIONS: Mapping[str, Dimension] = {"person": "person", "channel": "channel", "skill": "skill", "model": "model"}
MOST_LINES = 12
"""Names in a table and bars in a chart; the rest is one more."""

_ASKED = re.compile(rf"({'|'.join(PERIODS)})?\s*(?:by\s+({'|'.join(DIMENSIONS)}))?", re.IGNORECASE)
_SET = re.compile(rf"(\S+)\s+\$?(\d{{1,9}}(?:\.\d{{1,6}})?)\s*/\s*({'|'.join(get_args(QuotaPeriod))})", re.IGNORECASE)
_PEOPLE = r"person:(?:telegram:-?\d+|slack:\w+/\w+|console:\S+|api:\S+)"
_CHANNELS = r"channel:(?:telegram:-?\d+|slack:\w+/\w+|(?:telegram|slack):direct|console|api)"
_SCOPE = re.compile(rf"{WORKSPACE_SCOPE}|{_PEOPLE}|{_CHANNELS}")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What `cost` was asked for. person: None where everybody's is meant."""

    period: str
    by: Dimension | None
    person: PersonId | None
    now: float
    reference: Reference
    language: Language

    @property
    def today(self) -> date:
        """The last day of the period."""
        return datetime.fromtimestamp(self.now, UTC).date()

    @property
    def first(self) -> date:
        """The first day of the period."""
        return self.today - timedelta(days=PERIODS[self.period] - 1)

    @property
    def since(self) -> float:
        """Its midnight, in seconds since the epoch."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC).timestamp()


class Costs:
    """The commands and the ports they use. models, reference: what the catalogue says now."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        quotas: Quotas,
        charts: Charts,
        directory: Directory,
        clock: Clock,
        models: Callable[[], Sequence[ModelEntry]],
        reference: Callable[[], Reference],
    ) -> None:
        self._ledger = ledger
        self._quotas = quotas
        self._charts = charts
        self._directory = directory
        self._clock = clock
        self._models = models
        self._reference = reference

    def commands(self) -> Mapping[str, Command]:
        """Return the rows of the table of commands."""
        return {
            "cost": Command(self._cost),
            "quota list": Command(self._list, administrators_only=True),
            "quota set": Command(self._set, administrators_only=True),
            "quota remove": Command(self._remove, administrators_only=True),
        }

    def _cost(self, rest: str, event: Event, language: Language) -> str | Reply:
        found = _ASKED.fullmatch(rest.strip())
        if found is None:
            return Undone(say("cost_usage", language, c=COMMAND_PREFIX[event.address.platform]))
        everybody = self._directory.standing(event.person, event.address) is Standing.ADMINISTRATOR
        asked = _Asked(
            period=(found[1] or DEFAULT_PERIOD).lower(),
            by=DIMENSIONS[found[2].lower()] if found[2] else None,
            person=None if everybody else event.person,
            now=self._clock.now(),
            reference=self._reference(),
            language=language,
        )
        by_model = self._costs(asked, "model")
        title = _title(asked)
        if not by_model:
            return say("nothing_spent", language, title=title)
        lines = by_model if asked.by in (None, "model") else self._costs(asked, asked.by)
        shown = _shortlist(lines, language)
        text = [
            f"**{title}**",
            f"- {_account(say('total', language), _sum(by_model), asked)}",
            *self._idle(by_model, asked),
            "",
            *(f"{number}. {_account(f'`{one.name}`', one.spent, asked)}" for number, one in enumerate(shown, start=1)),
        ]
        return Reply("\n".join(text), picture=self._picture(asked, shown, title))

    def _costs(self, asked: _Asked, by: Dimension) -> list[CostLine]:
        return self._ledger.costs(since=asked.since, by=by, person=asked.person)

    def _idle(self, by_model: Sequence[CostLine], asked: _Asked) -> list[str]:
        """Say what the GPUs cost while they stood idle: they are paid by the hour. Only for who sees everything."""
        paid = [one for one in self._models() if one.gpu_hour_usd]
        began = self._ledger.began()
        if asked.person is not None or not paid or began is None:
            return []
        hours = (asked.now - max(asked.since, began)) / 3600
        servers = {one.urls: (one.gpu_hour_usd or 0.0) * len(one.urls) for one in paid}  # adapters share their base's
        whole = sum(servers.values()) * hours
        names = {one.name for one in paid}
        used = min(whole, sum(line.spent.usd for line in by_model if line.name in names))
        total = _sum(by_model)
        rest = total.reference_usd - (total.usd + whole - used)
        line = say(
            "idle",
            asked.language,
            idle=dollars(whole - used),
            whole=dollars(whole),
            hours=f"{hours:,.1f}",
            compared=_compared(rest, asked.language),
        )
        return [f"- {line}"]

    def _picture(self, asked: _Asked, shown: Sequence[CostLine], title: str) -> Picture:
        names = ("Maru", asked.reference.name)
        if asked.by is None and asked.period != "day":
            png = self._by_day(asked, names)
        else:
            bars = [Bar(one.name or "", (one.spent.usd, one.spent.reference_usd)) for one in shown]
            png = self._charts.bar_chart(bars, series=names, unit="USD")
        by = f"-by-{asked.by}" if asked.by else ""
        return Picture(f"cost-{asked.period}{by}-{asked.today.isoformat()}", b64encode(png).decode(), title)

    def _by_day(self, asked: _Asked, names: Sequence[str]) -> bytes:
        spent = {one.name: one.spent for one in self._costs(asked, "day")}
        days = [asked.first + timedelta(days=number) for number in range(PERIODS[asked.period])]
        each = [spent.get(day.isoformat(), Spent()) for day in days]
        lines = [
            Line(names[0], tuple((float(number), one.usd) for number, one in enumerate(each))),
            Line(names[1], tuple((float(number), one.reference_usd) for number, one in enumerate(each))),
        ]
        step = max(1, len(days) // 7)
        ticks = [(float(number), f"{days[number]:%m-%d}") for number in range(0, len(days), step)]
        return self._charts.line_chart(lines, x="day (UTC)", y="USD", ticks=ticks)

    def _list(self, _rest: str, event: Event, language: Language) -> str:
        uses = self._quotas.uses()
        if not uses:
            return say("no_quotas", language, c=COMMAND_PREFIX[event.address.platform])
        lines = [
            say(
                "quota_use",
                language,
                scope=one.quota.scope,
                spent=dollars(one.usd),
                usd=dollars(one.quota.usd),
                period=say(one.quota.period, language),
                share=f"{one.usd / one.quota.usd:.0%}" if one.quota.usd else "-",
            )
            for one in uses
        ]
        return "\n".join([say("quotas", language), *(f"- {line}" for line in lines)])

    def _set(self, rest: str, event: Event, language: Language) -> str:
        found = _SET.fullmatch(rest.strip())
        if found is None or not _SCOPE.fullmatch(found[1]):
            return Undone(say("quota_usage", language, c=COMMAND_PREFIX[event.address.platform]))
        period: QuotaPeriod = "month" if found[3].lower() == "month" else "day"
        quota = Quota(found[1], float(found[2]), period)
        self._quotas.set(quota, by=event.person)
        return say("quota_set", language, scope=quota.scope, usd=dollars(quota.usd), period=say(period, language))

    def _remove(self, rest: str, event: Event, language: Language) -> str:
        scope = rest.strip()
        if not _SCOPE.fullmatch(scope):
            return Undone(say("quota_usage", language, c=COMMAND_PREFIX[event.address.platform]))
        if not self._quotas.remove(scope):
            return Undone(say("no_quota", language, scope=scope))
        return say("quota_gone", language, scope=scope)


def _title(asked: _Asked) -> str:
    language = asked.language
    days = f"{asked.first:%Y-%m-%d}" if asked.period == "day" else f"{asked.first:%Y-%m-%d} – {asked.today:%Y-%m-%d}"
    by = say(f"by_{asked.by}", language) if asked.by else ""
    return say("title" if asked.person is None else "own_title", language, days=days, by=by)


def _compared(saved: float, language: Language) -> str:
    return say("dearer" if saved < 0 else "cheaper", language, usd=dollars(abs(saved)))


def _account(name: str, spent: Spent, asked: _Asked) -> str:
    return say(
        "account",
        asked.language,
        name=name,
        calls=say("call" if spent.calls == 1 else "calls", asked.language, count=f"{spent.calls:,}"),
        read=shortened(spent.input_tokens),
        written=shortened(spent.output_tokens),
        seconds=shortened(spent.seconds),
        usd=dollars(spent.usd),
        reference=f"{asked.reference.name} {dollars(spent.reference_usd)}",
        compared=_compared(spent.reference_usd - spent.usd, asked.language),
    )


def _shortlist(lines: Sequence[CostLine], language: Language) -> list[CostLine]:
    """Return the dearest lines, the rest as one, each with a name."""
    named = [one if one.name is not None else CostLine(say("forgotten", language), one.spent) for one in lines]
    if len(named) <= MOST_LINES:
        return named
    rest = named[MOST_LINES:]
    return [*named[:MOST_LINES], CostLine(say("others", language, count=len(rest)), _sum(rest))]


def _sum(lines: Sequence[CostLine]) -> Spent:
    return Spent(
        calls=sum(one.spent.calls for one in lines),
        input_tokens=sum(one.spent.input_tokens for one in lines),
        output_tokens=sum(one.spent.output_tokens for one in lines),
        seconds=sum(one.spent.seconds for one in lines),
        usd=sum(one.spent.usd for one in lines),
        reference_usd=sum(one.spent.reference_usd for one in lines),
    )
