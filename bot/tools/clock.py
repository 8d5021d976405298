"""What time and day it is, and how far off a day is; read from closed forms and told in the asker's language."""

import re
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bot.domain.language import Language
from bot.tools.moments import read_day

_LONGEST = 200
"""Characters of a question about time."""

_TIME = re.compile(
    r"^(do you know )?(what time is it|what's the time|what is the time|what is the current time|the time)"
    r"( now| right now| please)?(\s+in (?P<city>[a-z .'-]+?))?( now| right now)?\s*[?.!]*$"
    r"|^(지금\s*)?((?P<kocity>[가-힣]+?)(은|는|의)?\s*(은|는)?\s*)?(지금\s*)?(현재\s*)?(몇\s?시|시간이?\s*(어떻게|몇))"
    r"\s*(야|예요|이야|인가요|지|에요|돼|되)?\s*[?？.!]*$",
    re.IGNORECASE,
)
_TODAY = re.compile(
    r"^(what's|what is|what) (the |today's )?(date|day)( is it| today| is today| of the week is it)*( today)?\s*[?.!]*$"
    r"|^what day of the week is (it|today)\s*[?.!]*$"
    r"|^오늘(이|은)?\s*(날짜가?|며칠|무슨\s?요일|몇\s?월\s?며칠)(은|는)?\s*(이야|야|예요|이에요|인가요|이지|지|이죠|죠)?\s*[?？.!]*$",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"^(what|which) (day of the week|weekday|day) (is|was|will be|does) (?P<day>.+?)( fall on| be)?\s*[?.!]*$"
    r"|^(?P<koday>.+?)(은|는|이)?\s*무슨\s?요일\s*(이야|야|예요|이에요|인가요|이지)?\s*[?？.!]*$",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"^how (many days|long) (is it |are )?(left )?(until|till|to|before) (?P<day>.+?)\s*[?.!]*$"
    r"|^(?P<koday>.+?)까지\s*(며칠|얼마나)\s*(이나\s*)?(남았|남은|걸)[가-힣]*\s*[?？.!]*$",
    re.IGNORECASE,
)
_KOREAN_CITIES = {
    **{"서울": "Seoul", "한국": "Seoul", "도쿄": "Tokyo", "일본": "Tokyo", "베이징": "Shanghai", "상하이": "Shanghai"},
    **{"런던": "London", "파리": "Paris", "베를린": "Berlin", "뉴욕": "New_York", "로스앤젤레스": "Los_Angeles"},
    **{"시드니": "Sydney", "싱가포르": "Singapore", "두바이": "Dubai", "모스크바": "Moscow", "방콕": "Bangkok"},
    **{"하노이": "Ho_Chi_Minh", "시카고": "Chicago", "토론토": "Toronto", "홍콩": "Hong_Kong", "마드리드": "Madrid"},
}
_OTHER_NAMES = {"san_francisco": "los_angeles", "beijing": "shanghai", "korea": "seoul", "japan": "tokyo", "utc": "utc"}
_WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ko": tuple(f"{one}요일" for one in "월화수목금토일"),
}


def tell(text: str, now: datetime, language: Language) -> str | None:
    """Answer a question about time or day; None if it is none. now: aware, in the house's own zone."""
    words = " ".join(text.split())
    if len(words) > _LONGEST:
        return None
    if found := _TIME.match(words):
        return _time(now, found["city"] or found["kocity"], language)
    if _TODAY.match(words):
        return _today(now, language)
    if found := _UNTIL.match(words):
        return _until(now, found["day"] or found["koday"], language)
    if found := _WEEKDAY.match(words):
        return _weekday(now, found["day"] or found["koday"], language)
    return None


def shown(moment: datetime, language: Language) -> str:
    """Return a point in time as people read it, with its weekday and zone."""
    weekday, zone = _WEEKDAYS[language][moment.weekday()], moment.tzname() or "UTC"
    if language == "ko":
        return f"{moment.year}년 {moment.month}월 {moment.day}일 {weekday} {moment:%H:%M} ({zone})"
    return f"{weekday} {moment:%Y-%m-%d} {moment:%H:%M} ({zone})"


def _time(now: datetime, city: str | None, language: Language) -> str | None:
    if city is None:
        return f"지금은 {shown(now, 'ko')}이에요." if language == "ko" else f"It is {shown(now, 'en')}."
    zone = _zone(city)
    if zone is None:
        return None
    there = shown(now.astimezone(zone), language)
    return f"{city}은(는) 지금 {there}이에요." if language == "ko" else f"In {city.strip().title()} it is {there}."


def _today(now: datetime, language: Language) -> str:
    weekday = _WEEKDAYS[language][now.weekday()]
    if language == "ko":
        return f"오늘은 {now.year}년 {now.month}월 {now.day}일 {weekday}이에요."
    return f"Today is {weekday}, {now:%Y-%m-%d}."


def _until(now: datetime, day: str, language: Language) -> str | None:
    wanted = read_day(day, now.date())
    if wanted is None:
        return None
    days = (wanted - now.date()).days
    if language == "ko":
        return (
            f"{wanted.isoformat()}까지 {days}일 남았어요."
            if days >= 0
            else f"{wanted.isoformat()}은 {-days}일 지났어요."
        )
    plural = "" if abs(days) == 1 else "s"
    if days < 0:
        return f"{wanted.isoformat()} was {-days} day{plural} ago."
    return f"{days} day{plural} until {wanted.isoformat()}."


def _weekday(now: datetime, day: str, language: Language) -> str | None:
    wanted = read_day(day, now.date())
    if wanted is None:
        return None
    weekday = _WEEKDAYS[language][wanted.weekday()]
    return f"{wanted.isoformat()}은 {weekday}이에요." if language == "ko" else f"{wanted.isoformat()} is a {weekday}."


def _zone(city: str) -> ZoneInfo | None:
    name = _KOREAN_CITIES.get(city.strip(), city).strip().lower().replace(" ", "_")
    key = _zones().get(_OTHER_NAMES.get(name, name))
    try:
        return ZoneInfo(key) if key else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


@cache
def _zones() -> dict[str, str]:
    """Return the zones' full names by their cities, in small letters."""
    return {name.rpartition("/")[2].lower(): name for name in sorted(available_timezones()) if "Etc" not in name}
