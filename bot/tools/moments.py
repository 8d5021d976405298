"""Points in time, read from words in English and Korean. Only closed forms: what is not surely meant is not read."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.spacing import spaced

MORNING = time(9, 0)
"""What a day without a time means."""

_AFTERNOON_UNTIL = 6
"""A bare hour from 1 to 6 is one of the afternoon; people say "at 3" of no night."""

_NIGHT_UNTIL = 5
"""An hour before this, said of a night, is after midnight."""

_NUMBERS = {
    **dict(zip("한 두 세 네 다섯 여섯 일곱 여덟 아홉 열 열한 열두".split(), range(1, 13), strict=True)),
    **dict(zip("one two three four five six seven eight nine ten eleven twelve".split(), range(1, 13), strict=True)),
    "a": 1,
    "an": 1,
}
_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "분": timedelta(minutes=1),
    "시간": timedelta(hours=1),
    "일": timedelta(days=1),
    "주": timedelta(weeks=1),
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_KOREAN_WEEKDAYS = "월화수목금토일"
_NUMBER = r"\d{1,4}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True))

_ENGLISH_HOURS = "|".join(word for word in _NUMBERS if word.isascii() and len(word) > 2)
_KOREAN_HOURS = "|".join(word for word in _NUMBERS if not word.isascii())
_KOREAN_DAYS = {"하루": 1, "이틀": 2, "사흘": 3, "나흘": 4, "일주일": 7, "보름": 15}
_MONTH = "|".join(rf"{name[:3]}(?:{name[3:]})?" if name != "september" else "sep(?:t(?:ember)?)?" for name in _MONTHS)

_HALF_HOUR = re.compile(r"\bin half an hour\b|(?<![가-힣])반\s?시간\s*(?:뒤|후)에?", re.IGNORECASE)
_AFTER = re.compile(
    rf"\b(?:in|after)\s+(?P<en>{_NUMBER})\s+(?P<unit>minute|hour|day|week)s?\b"
    rf"(?:(?:\s+and|,)?\s+(?P<en2>\d{{1,2}})\s+(?P<unit2>minute|hour)s?\b|\s+and\s+(?P<half>a\s+half)\b)?"
    rf"|(?<![가-힣\d.,])(?:(?P<ko2>{_NUMBER})\s*(?P<einheit2>시간|일)\s*)?"
    rf"(?P<ko>{_NUMBER})\s*(?P<einheit>분|시간|일|주)\s*(?P<kohalf>반\s*)?(?:뒤|후|있다가)에?"
    rf"|(?<![가-힣])(?P<kodays>{'|'.join(_KOREAN_DAYS)})\s*(?:뒤|후)에?",
    re.IGNORECASE,
)
DAY = re.compile(
    r"(?:\bon\s+)?(?P<iso>\d{4}-\d{1,2}-\d{1,2})"
    r"|(?:(?P<year>\d{4})년\s*)?(?P<month>\d{1,2})월\s*(?P<day>\d{1,2})일"
    rf"|\b(?:on\s+)?(?P<monthname>{_MONTH})\.?\s+(?P<monthday>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<enyear>\d{{4}}))?\b(?!:)"
    rf"|\b(?:on\s+)?(?:the\s+)?(?P<dayfirst>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<monthlast>{_MONTH})\b"
    r"(?:,?\s+(?P<lastyear>\d{4})\b(?!:))?"
    r"|\b(?:the )?(?P<overmorrow>day after tomorrow)\b|\b(?P<tomorrow>tomorrow)\b|\b(?P<today>today|tonight)\b"
    rf"|\b(?P<next>next (?:week (?:on )?)?|on |this )?(?P<weekday>{'|'.join(_WEEKDAYS)})\b(?P<after> next week\b)?"
    r"|(?P<kotoday>오늘)|(?P<kotomorrow>내일)|(?P<koover>모레)|(?P<kothird>글피)"
    r"|(?P<konext>다?다음\s?주\s*|이번\s?주\s*)?(?P<koweekday>[월화수목금토일])요일",
    re.IGNORECASE,
)
CLOCK = re.compile(
    r"\b(?:at\s+)?(?P<noon>noon|midday|midnight)\b|(?P<konoon>정오|자정)"
    r"|\b(?:at\s+)?(?P<h24>[01]?\d|2[0-3]):(?P<m24>[0-5]\d)(?:\s*(?P<half24>am|pm))?(?!\d)"
    r"|\b(?:at\s+)?(?P<h12>1[0-2]|[1-9])\s*(?P<half>am|pm|a\.m\.|p\.m\.)"
    rf"|\bat\s+(?P<bare>[01]?\d|2[0-3]|{_ENGLISH_HOURS})(?:\s*o'?clock)?\b(?![:\d]|\s+of\b)"
    rf"|(?:(?P<kohalf>오전|오후|아침|낮|저녁|밤|새벽)\s*|(?<![가-힣\d.]))(?P<koh>\d{{1,2}}|{_KOREAN_HOURS})\s?시"
    r"(?=에|엔|까지|쯤|경|정각|반|로|요|[^가-힣]|$)"
    r"(?:\s*(?P<kom>\d{1,2})분|\s*(?P<kohalfpast>반)(?=에|까지|[^가-힣]|$))?(?:에|까지)?",
    re.IGNORECASE,
)
_UNREAD = re.compile(
    r"\bnext (?:week|month|year)\b|\bweekend\b|\b(?:in|after)\s+\w+\s+(?:month|year)s?\b"
    r"|\bthe \d{1,2}(?:st|nd|rd|th)\b|(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])|\d/\d{1,2}/\d"
    r"|다음\s?[주달]|내년|주말|(?<!\d)\d{1,2}일(?![가-힣])|(?<!\d)\d{1,2}일(?=에|날|까지)|달\s?(?:뒤|후)",
    re.IGNORECASE,
)
"""Words for a day that is not read; a time beside them is not one of today."""

_DAY_PART = re.compile(
    r"\s+(?P<part>morning|afternoon|evening|night)\b|\s*(?P<kopart>아침|오전|점심|오후|저녁|밤)(?:에|까지)?(?![가-힣])",
    re.IGNORECASE,
)
_CLOCK_PART = re.compile(
    r"\s+(?:(?:in the|this)\s+(?P<part>morning|afternoon|evening)|at\s+(?P<night>night))\b", re.IGNORECASE
)
_PARTS: dict[str, tuple[str, time]] = {
    **dict.fromkeys(("morning", "아침", "오전"), ("am", MORNING)),
    **dict.fromkeys(("afternoon", "오후"), ("pm", time(14, 0))),
    "점심": ("pm", time(12, 0)),
    **dict.fromkeys(("evening", "저녁"), ("pm", time(18, 0))),
    **dict.fromkeys(("night", "tonight", "밤"), ("night", time(20, 0))),
}
"""Which half of the day it is, and the hour that the word alone means."""

_PARTICLE = re.compile(r"^\s*(?:에|까지|,|at|on)\s+|^\s+")


@dataclass(frozen=True, slots=True)
class Moment:
    """When, and the words around it. day, clock: which of the two was said; a span of time says both."""

    at: datetime
    rest: str
    day: bool = True
    clock: bool = True


def read_moment(text: str, now: datetime) -> Moment | None:
    """Return the first point in time after `now` (aware) that a text names, and the text without it; None if none.

    A day alone is its morning, a time alone its next occurrence.
    """
    text = spaced(text)
    if (found := _HALF_HOUR.search(text) or _AFTER.search(text)) is not None:
        return _after(text, found, now)
    day, clock = DAY.search(text), CLOCK.search(text)
    if (day is None and clock is None) or (day is None and _UNREAD.search(text)):
        return None
    part, spans = _part(text, day, clock)
    on = read_day(day.group(), now.date()) if day else None
    at = _clock(clock, part) if clock else _PARTS.get(part, ("", MORNING))[1]
    if (day and on is None) or at is None:
        return None
    when = datetime.combine(on or now.date(), at, now.tzinfo)
    late = at.hour < _NIGHT_UNTIL and (_half(part) == "night" or (on == now.date() and at == time(0, 0)))
    if (on is None and when <= now) or (on is not None and late):
        when += timedelta(days=1)
    rest = text
    for span in sorted(spans, reverse=True):
        rest = _without(rest, span)
    return Moment(when, rest, day is not None, clock is not None)


def read_day(text: str, today: date) -> date | None:
    """Return the day that a text is: a date, a weekday to come, today and its neighbours; None if it is none such."""
    found = DAY.fullmatch(text.strip())
    if found is None:
        return None
    said = {name: value.lower() for name, value in found.groupdict().items() if value}
    try:
        return _dated(said, today) or today + timedelta(days=_ahead(said, today))
    except ValueError:  # the thirtieth of February
        return None


def _after(text: str, found: re.Match[str], now: datetime) -> Moment:
    """Add a span of time: of days to the calendar, at the time that is said beside it; of hours to the clock."""
    span, rest = _span(found), _without(text, found.span())
    if span % timedelta(days=1):
        return Moment((now.astimezone(UTC) + span).astimezone(now.tzinfo), rest)
    clock = CLOCK.search(rest)
    at = _clock(clock, "") if clock else None
    if clock is None or at is None:
        return Moment(now + span, rest)
    return Moment(datetime.combine((now + span).date(), at, now.tzinfo), _without(rest, clock.span()))


def _part(text: str, day: re.Match[str] | None, clock: re.Match[str] | None) -> tuple[str, list[tuple[int, int]]]:
    """Return the part of the day that is said beside day or clock, "" if none, and where all that was read stands."""
    part, spans = "", []
    for one, pattern in ((day, _DAY_PART), (clock, _CLOCK_PART)):
        if one is None:
            continue
        start, end = one.span()
        if (beside := pattern.match(text, end)) and not (clock and clock.start() < beside.end() <= clock.end()):
            part, end = next(value for value in beside.groups() if value).lower(), beside.end()
        spans.append((start, end))
    if not part and day is not None and day["today"] and day["today"].lower() == "tonight":
        part = "night"
    if clock is not None and clock["kohalf"]:
        part = clock["kohalf"]
    return part, spans


def _half(part: str) -> str | None:
    return {"새벽": "am", "낮": "pm"}.get(part) or _PARTS.get(part, (None, MORNING))[0]


def _span(found: re.Match[str]) -> timedelta:
    said = {name: value.lower() for name, value in found.groupdict().items() if value}
    if not said:
        return timedelta(minutes=30)
    if "kodays" in said:
        return timedelta(days=_KOREAN_DAYS[said["kodays"]])
    unit = _UNITS[said.get("unit") or said["einheit"]]
    span = _number(said.get("en") or said["ko"]) * unit
    if more := said.get("en2") or said.get("ko2"):
        span += _number(more) * _UNITS[said.get("unit2") or said["einheit2"]]
    return span + unit / 2 if "half" in said or "kohalf" in said else span


def _number(word: str) -> int:
    return _NUMBERS.get(word) or int(word)


def _dated(said: dict[str, str], today: date) -> date | None:
    if "iso" in said:
        year, month, day = map(int, said["iso"].split("-"))
        return date(year, month, day)
    if "month" in said:
        return _coming(said.get("year"), int(said["month"]), int(said["day"]), today=today)
    if name := said.get("monthname") or said.get("monthlast"):
        month = next(number for number, one in enumerate(_MONTHS, start=1) if one.startswith(name[:3]))
        day = int(said.get("monthday") or said["dayfirst"])
        return _coming(said.get("enyear") or said.get("lastyear"), month, day, today=today)
    return None


def _coming(year: str | None, month: int, day: int, *, today: date) -> date:
    if year is not None:
        return date(int(year), month, day)
    wanted = date(today.year, month, day)
    return wanted if wanted >= today else date(today.year + 1, month, day)


def _ahead(said: dict[str, str], today: date) -> int:
    near = {"today": 0, "kotoday": 0, "tomorrow": 1, "kotomorrow": 1, "overmorrow": 2, "koover": 2, "kothird": 3}
    if (days := next((near[name] for name in said if name in near), None)) is not None:
        return days
    if "weekday" in said:
        weeks = int(said.get("next", "").startswith("next") or "after" in said)
        wanted = _WEEKDAYS.index(said["weekday"])
    else:
        weeks = said.get("konext", "").count("다")  # "다음" is the next week, "다다음" the one after
        wanted = _KOREAN_WEEKDAYS.index(said["koweekday"])
    if weeks:  # which begins on Monday
        return 7 * weeks - today.weekday() + wanted
    return (wanted - today.weekday()) % 7 or 7


def _clock(found: re.Match[str], part: str) -> time | None:
    said = {name: value.lower() for name, value in found.groupdict().items() if value}
    if word := said.get("noon") or said.get("konoon"):
        return time(0, 0) if word in ("midnight", "자정") else time(12, 0)
    half = _half(part)
    if "h24" in said:
        return _hour(int(said["h24"]), int(said["m24"]), half=said.get("half24") or half)
    if "h12" in said:
        return _hour(int(said["h12"]), 0, half=said["half"].replace(".", ""))
    if "bare" in said:
        return _hour(_number(said["bare"]), 0, half=half, bare=half is None)
    minute = 30 if "kohalfpast" in said else int(said.get("kom", 0))
    return _hour(_number(said["koh"]), minute, half=half, bare=half is None)


def _hour(hour: int, minute: int, *, half: str | None, bare: bool = False) -> time | None:
    if half == "night":  # twelve and the small hours after it belong to the night before
        half = "am" if hour == 12 or 1 <= hour < _NIGHT_UNTIL else "pm"
    if half == "pm" and 1 <= hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    elif bare and 1 <= hour <= _AFTERNOON_UNTIL:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _without(text: str, span: tuple[int, int]) -> str:
    before, after = text[: span[0]].rstrip(), _PARTICLE.sub("", text[span[1] :])
    return f"{before} {after}".strip()
