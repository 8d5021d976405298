"""Numbers as people write them, made comparable: "twenty-four hours", "half an hour", "per day", "하루", "세 번"."""

import re
from collections.abc import Mapping

Measure = tuple[str, str]
"""A number in digits, and its unit."""

_PERIOD = "minute|hour|day|night|week|month|quarter|year"
_UNIT = (
    rf"second|sec|{_PERIOD}|min|hr|percent|%|KRW|USD|EUR|won|people|person|time"
    r"|초|분|시간|일|주|개월|달|년|원|달러|명|번|회|퍼센트|박"
)
_SAME_UNIT: Mapping[str, str] = {
    **{"sec": "second", "min": "minute", "hr": "hour", "%": "percent", "people": "person"},
    **{"퍼센트": "percent", "개월": "달", "월": "달", "회": "번", "연": "년", "dai": "day"},
}
_KIND = "(?:business |working |calendar |full |영업일 )?"
_MEASURE = re.compile(rf"(\d[\d.,]*)\s*{_KIND}({_UNIT})", re.IGNORECASE)
_RATE = re.compile(
    rf"\b(?:per|each|every|(?<!half )an?) {_KIND}({_PERIOD})|\b(hour|dai|week|month|quarter|year)ly\b"
    r"|매(일|주|달|월|년)|(?<![가-힣])(주|월|연)[당간]",
    re.IGNORECASE,
)
"""What happens every so often has the measure 1; so has "within an hour"."""

_NUMBERS: Mapping[str, int] = {
    **{word: number for number, word in enumerate("zero one two three four five six seven eight nine ten".split())},
    **{word: number for number, word in enumerate("eleven twelve thirteen fourteen fifteen sixteen".split(), start=11)},
    **{word: number for number, word in enumerate("seventeen eighteen nineteen".split(), start=17)},
    **{
        word: 10 * number
        for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
    },
}
_LARGE: Mapping[str, int] = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_TENS = "|".join(word for word, number in _NUMBERS.items() if number >= 20)
_BELOW = rf"(?:(?:{_TENS})(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|{'|'.join(_NUMBERS)})\b"
_MANY = "(?:" + "|".join(_LARGE) + r")\b"
_NUMBER = re.compile(
    # "no one", "one of them" count nothing.
    r"\b(?P<pronoun>one (?:of|another)\b"
    rf"|(?:no|any|every|some|each|this|that|which|another) one\b(?! {_KIND}(?:{_UNIT})))"
    rf"|\b(?:(?:{_BELOW} |an? )?{_MANY}(?: {_MANY})*(?:(?: and)? {_BELOW})?|{_BELOW})",
    re.IGNORECASE,
)
_TIMES: Mapping[str, str] = {"once": "1 time", "twice": "2 times", "thrice": "3 times"}
_TIMES_WORD = re.compile(
    # "Once approved", "once the page is shown" say when, not how often.
    rf"\b(?:(?<!^)once(?! (?:the|you|your|it|they|we|this|that|these|those|all|an? (?!{_PERIOD}))\b)"
    rf"|once(?= (?:per|each|every|an?) {_KIND}(?:{_PERIOD}))|twice|thrice)\b",
    re.IGNORECASE,
)
_HALF_HOUR = re.compile(r"\bhalf(?: an?)?[ -]hour\b", re.IGNORECASE)

_DAYS: Mapping[str, str] = {
    **{"일주일": "1주", "하루": "1일", "이틀": "2일", "사흘": "3일", "나흘": "4일"},
    **{"닷새": "5일", "엿새": "6일", "열흘": "10일", "보름": "15일"},
}
_DAYS_WORD = re.compile(rf"(?<![가-힣])(?:{'|'.join(_DAYS)})")
_NATIVE: Mapping[str, int] = {
    **{"한": 1, "두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9},
    **{"열": 10, "스무": 20, "스물": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60},
}
_NATIVE_WORD = re.compile(
    r"(?<![가-힣])(열|스물|서른|마흔|쉰|예순)?(한|두|세|네|다섯|여섯|일곱|여덟|아홉)?(?<=[가-힣])(?<!스무)"
    r"(?=\s?(?:시간|시|번|명|달|주|개|건|가지|대|사람|차례|해|곳|장|팀|단계|등급|배|줄|박|종류|권|통|쪽))"
    r"|(?<![가-힣])스무(?=\s?(?:번|명|개|건|가지|대|곳|장))"
)
_SINO = "일이삼사오육칠팔구"
_SINO_LARGE: Mapping[str, int] = {"십": 10, "백": 100, "천": 1_000}
_SINO_WORD = re.compile(
    rf"(?<![가-힣])(?:[{_SINO}십백천만]*[십백천만][{_SINO}십백천만]*|[삼육칠팔])"
    r"(?=\s?(?:초|분|시간|일|주|개월|년|원|회|명|퍼센트|번|박))"
    # 이 분 is this person, 이 주 this week.
    r"|(?<![가-힣])(?:[일사오구](?=\s?분)|[일이사오구](?=\s?(?:초|개월|년|퍼센트)))"
)

_JOINED = re.compile(rf"(?<=\d)-(?={_UNIT})", re.IGNORECASE)
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_WORDED = re.compile(
    r"\b(?:half|halves|dozens?|couple|several|few|hundreds|thousands|millions|double|triple"
    r"|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)\b|(?<=\bthe )(?:first|second)\b"
    r"|절반|반나절|(?<=시간 )반(?![가-힣])|(?<![가-힣])(?:몇|며칠|수십|수백)",
    re.IGNORECASE,
)


def in_digits(text: str) -> str:
    """Return the text with its number words in digits, wherever they count something."""
    text = _HALF_HOUR.sub("30 minutes", text)
    text = _NUMBER.sub(lambda found: found.group() if found["pronoun"] else str(_english(found.group())), text)
    text = _TIMES_WORD.sub(lambda found: _TIMES[found.group().lower()], text)
    text = _DAYS_WORD.sub(lambda found: _DAYS[found.group()], text)
    text = _SINO_WORD.sub(lambda found: str(_sino(found.group())), text)
    text = _NATIVE_WORD.sub(lambda found: str(_native(found)), text)
    return _GROUPED.sub("", _JOINED.sub(" ", text))


def measures(text: str) -> frozenset[Measure]:
    """Return the numbers of a text in digits that have a unit, each with it."""
    counted = [(number, unit) for number, unit in _MEASURE.findall(text)]
    rated = [("1", next(unit for unit in units if unit)) for units in _RATE.findall(text)]
    return frozenset((number, _SAME_UNIT.get(unit.casefold(), unit.casefold())) for number, unit in counted + rated)


def worded(text: str) -> list[str]:
    """Return what says a quantity and cannot be written in digits: "several", "the third", "절반"."""
    return _WORDED.findall(text)


def _english(words: str) -> int:
    value = 0
    for word in re.findall(r"[a-z]+", words.lower()):
        value = max(value, 1) * _LARGE[word] if word in _LARGE else value + _NUMBERS.get(word, 0)
    return value


def _native(found: re.Match[str]) -> int:
    return sum(_NATIVE[part] for part in found.groups() if part) or _NATIVE["스무"]


def _sino(word: str) -> int:
    myriads, myriad, rest = word.rpartition("만")
    return (10_000 * (_below_myriad(myriads) or 1) if myriad else 0) + _below_myriad(rest)


def _below_myriad(word: str) -> int:
    value = held = 0
    for letter in word:
        if letter in _SINO_LARGE:
            value, held = value + (held or 1) * _SINO_LARGE[letter], 0
        else:
            held = _SINO.find(letter) + 1
    return value + held
