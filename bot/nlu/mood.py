"""Whether a message asks FOR something to be done or asks ABOUT something. Closed forms of both languages."""

import re

_ABOUT = re.compile(
    r"^(?:so |and |but |hey |hi |hello |maru,? |please )*"
    r"(?:how (?:do|does|did|can|should|would|to|is|are|many|much|long|often|far)|what|who|whom|whose|where|when|why"
    r"|which|is|are|was|were|does|do|did|has|have|may|must|should|shall|can (?:i|we|one|you tell)|could (?:i|we))\b",
    re.IGNORECASE,
)
_FOR_KOREAN = re.compile(
    r"(?:줘|주세요|줄래|주라|주겠|주실|다오|부탁|할래|하고 싶|싶어|싶습|필요해)\S*\s*(?:요)?\s*[.!?~]*$"
    r"|(?:줘|주세요)[\s,:：]"
)
_HOW_MANY_NEEDED = re.compile(r"(?:몇|누구|누가|뭐|무엇|언제|어디|왜|얼마|어떤)\S*\s.*필요\S*\s*[?？]$")
"""Asks what is needed; "… 필요해" by itself asks for it."""

_HANGUL = re.compile("[가-힣]")
_HANGUL_END = re.compile(r"[가-힣]\W*$")
_POINTS = re.compile(r"\b(?:this|that|these|it|the (?:thread|above|following))\b", re.IGNORECASE)
_POINTS_KOREAN = re.compile(
    r"(?<![가-힣])(?:이|그|저|위|방금|아까)\s(?:코드|함수|글|문장|메시지|명령|스크립트|쿼리|내용|답|대화|스레드|정규식)"
    r"|(?<![가-힣])(?:이거|그거|이걸|그걸)"
)


def asks_for(text: str) -> bool:
    """Tell whether a message wants something done: no question word opens it, or in Korean a request ends it."""
    edge = text.strip()
    if _HANGUL_END.search(edge.splitlines()[0] if edge else ""):
        return _FOR_KOREAN.search(edge) is not None and _HOW_MANY_NEEDED.search(edge) is None
    return _ABOUT.match(edge) is None


def asks_about(text: str) -> bool:
    """Tell whether a message asks about something: a question word opens it, or in Korean a question mark ends it."""
    edge = text.strip()
    if _HANGUL.search(edge):
        return edge.endswith(("?", "？"))
    return _ABOUT.match(edge) is not None


def points(text: str) -> bool:
    """Tell whether a message points at something that stands here: "what does this function do?"."""
    return (_POINTS_KOREAN if _HANGUL.search(text) else _POINTS).search(text) is not None
