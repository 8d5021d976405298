"""Which language a person writes."""

import re
from functools import lru_cache

from bot.domain.language import Language

_NO_LANGUAGE = re.compile(
    r"```.*?```|`[^`]*`"  # code
    r"|https?://[!-~]+|(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+"  # links, addresses
    r"|(?<!\w)--?[A-Za-z][\w-]*"  # options
    r"|(?<!\w)[#/@][\w./-]+",  # channels, paths, handles
    re.DOTALL | re.ASCII,  # a Korean particle is not part of the link before it
)
_HANGUL = re.compile("[가-힣ㄱ-ㅣ]")
_KOREAN_END = re.compile(
    r"(?:[요까죠줘돼됨냐다은는을를에]|에서|[인는은한던]가|[하되있없][나지]|[있없]음|[려하되으]면|(?:^|\s)해)[^\w`]*$"
)
"""A predicate or a particle, with which no English sentence ends; endings that are common in nouns (휴가, 한도) are not
here."""


@lru_cache(maxsize=512)  # a turn asks about the same few texts again and again
def language_of(text: str) -> Language:
    """Return ko if a fifth of the letters are Hangul, or the text ends as Korean does; code, links and options are no
    language: Korean questions often carry English names and commands."""
    words = _NO_LANGUAGE.sub(" ", text)
    letters = sum(map(str.isalpha, words))
    if not letters:
        words, letters = text, sum(map(str.isalpha, text))
    korean = len(_HANGUL.findall(words)) * 5 >= letters or _KOREAN_END.search(words) is not None
    return "ko" if letters and korean else "en"
