"""What a message tells: how many days, hours, numbers, addresses, and names or texts. Counted, not understood."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from bot.domain.generic_terms import GENERIC
from bot.ports.analyser import Analyser
from bot.tools.moments import CLOCK, DAY

Kind = Literal["number", "day", "hour", "email", "link", "code", "flag", "quote", "text"]

_KINDS: Sequence[tuple[Kind, re.Pattern[str]]] = (
    ("email", re.compile(r"이메일|메일 주소|\be-?mail", re.IGNORECASE)),
    ("link", re.compile(r"\burl|링크|\blink", re.IGNORECASE)),
    ("day", re.compile(r"날짜|일자|생일|\bdate\b|\bday\b|birthday", re.IGNORECASE)),
    ("hour", re.compile(r"시각|시간|\btime\b|\bwhen it\b", re.IGNORECASE)),
    ("code", re.compile(r"번호|식별자|고유|\bid\b|\bnumber\b", re.IGNORECASE)),
)
"""What a parameter of type string is told as, by the words about it."""

_NATIVE = "한|두|세|네|다섯|여섯|일곱|여덟|아홉|열"
_COUNTER = "명|분|개|대|장|매|판|잔|병|권|마리|번|시간|달|사람|박|층|평|살"
_ENGLISH = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"

_READ: Sequence[tuple[Kind, re.Pattern[str]]] = (
    ("quote", re.compile(r"[\"“「『][^\"”」』]{2,}[\"”」』]|(?<!\w)['‘][^'’\n]{2,}['’]")),
    ("link", re.compile(r"https?://\S+")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("code", re.compile(r"\bv\d+\b|\bv?\d+\.\d+\.\d+\b|\+?\d+(?:[- ]\d{2,}){2,}|\d{8,}")),
    ("day", DAY),
    (
        "day",
        re.compile(
            r"(?:\d{2,4}년\s*)?\d{1,2}월(?:\s*\d{1,2}일)?|\d{4}[./]\d{1,2}[./]\d{1,2}|주말|(?:다음|이번)\s?[주달]"
            r"|(?<!\d)\d{1,2}일(?=에|부터|까지|날|자|[\s,.]|$)"
        ),
    ),
    ("hour", CLOCK),
    (
        "number",
        re.compile(
            rf"\d+(?:[.,]\d+)*|(?<![가-힣])(?:{_NATIVE})(?=\s?(?:{_COUNTER}))|이틀|사흘|나흘|하루|일주일"
            rf"|[일이삼사오육칠팔구]?[십백천만]+(?=\s?(?:원|유로|달러|엔))|\b(?:{_ENGLISH})\b",
            re.IGNORECASE,
        ),
    ),
)
"""In this order; what one has read, the next does not see."""

_TAKEN = "\0"
_WORD_ENDS = re.compile(r"[\s,.!?~;:]+")
_HANGUL = re.compile("[가-힣]")
_SIGNED_CODE = re.compile(r"(?=.*\d)(?=.*[A-Za-z/-])")
_FIGURE = re.compile(r"[\d.,]+\S{0,3}")

_REQUESTING = frozenset(
    "부탁 신청 요청 등록 예약 조회 확인 검색 주문 도와주 도움 바라 드리 해주 보이 보여주 알아보 찾아보 찾아주 하나 "
    "한번 빨리 급하 바로 그냥 우리 저희 제 내 나 너 check would could like look request book order".split()
)
"""Terms of requests as such, beside those that are generic everywhere."""

_PREDICATE = re.compile(
    r"(?:다|요|죠|줘|서|고|려고|려면|데|까|네|면|니|래|게|야|봐|어|아|해|지|자|싶은|해야|줄|수|것|거|만)$"
)
_PARTICLE = re.compile(
    r"(?:에서|으로|로|에게|한테|부터|까지|은|는|이|가|을|를|의|와|과|이?랑|에|께|님|이?요|인|(?:이?라)?(?:고|는)|짜리)$"
)
_PREPOSITIONS = frozenset("to from for at on in with by of and as".split())
_FUNCTION_WORDS = _PREPOSITIONS | frozenset(
    "a an the or me my i i'd you your is are was what which how please can could would it this that some".split()
)


def kind_of(words: str, type_name: str) -> Kind:
    """Return what a parameter is told as. words: its name and description; type_name: JSON schema's."""
    if type_name in ("integer", "number"):
        return "number"
    if type_name == "boolean":
        return "flag"
    return next((kind for kind, pattern in _KINDS if pattern.search(words)), "text")


def spelled_out(name: str) -> str:
    """Return a parameter's name as words: `pickup_date`, `pickupDate` -> `pickup date`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name)


def said(text: str, *, explained: Sequence[str], analyser: Analyser) -> Counter[Kind]:
    """Count what a text tells. explained: texts whose words tell nothing new. Raises EncoderUnavailable."""
    found: Counter[Kind] = Counter()
    for kind, pattern in _READ:
        found[kind] += sum(bool(one.group().strip()) for one in pattern.finditer(text))
        if kind != "number":  # a figure stays with its word: `db-03`
            text = pattern.sub(f" {_TAKEN} ", text)
    words = [word for word in _WORD_ENDS.split(text) if word]
    terms = analyser.analyse([*explained, *words])
    known = GENERIC | _REQUESTING | {term for line in terms[: len(explained)] for term in line}
    whole = "\n".join(explained)
    told = zip(words, terms[len(explained) :], strict=True)
    new = [_new(word, line, known=known, whole=whole) for word, line in told]
    found["code"] += sum(bool(_SIGNED_CODE.match(word)) for word in words)
    found["text"] = _runs(zip(words, new, strict=True))
    return found


def _runs(words: Iterable[tuple[str, bool]]) -> int:
    """Count runs of words that tell something new; prepositions and particles part them ("서울에서 부산으로")."""
    count, within = 0, False
    for word, new in words:
        if new:
            count += not within
            within = not (_HANGUL.search(word) and _PARTICLE.search(word))
        elif word.casefold() not in _FUNCTION_WORDS - _PREPOSITIONS:
            within = False
    return count


def _new(word: str, terms: Sequence[str], *, known: frozenset[str], whole: str) -> bool:
    """Tell whether a word names something: not a figure, a predicate, or what is explained already."""
    if word == _TAKEN or _FIGURE.fullmatch(word) or word.casefold() in _FUNCTION_WORDS:
        return False
    if not _HANGUL.search(word):
        return any(term not in known and not term.isdigit() for term in terms)
    stem = _PARTICLE.sub("", word)
    if (stem == word and _PREDICATE.search(word)) or (len(stem) > 1 and stem in whole) or stem in _NATIVE.split("|"):
        return False
    # What stands in the word as it is is a noun; of verbs the analyser writes the stem.
    nouns = (term for term in terms if term in word and (len(term) > 1 or not _HANGUL.search(term)))
    return any(term not in known and not term.isdigit() for term in nouns)
