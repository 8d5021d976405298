"""Which language a person writes."""

import re

from bot.domain.language import Language

_NO_LANGUAGE = re.compile(
    r"```.*?```|`[^`]*`"  # code
    r"|https?://[!-~]+|(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+"  # links, addresses
    r"|(?<!\w)--?[A-Za-z][\w-]*"  # options
    r"|(?<!\w)[#/@][\w./-]+",  # channels, paths, handles
    re.DOTALL | re.ASCII,  # a Korean particle is not part of the link before it
)
_KOREAN_END = re.compile(
    r"(?:[요까죠줘돼됨냐다은는을를에]|에서|[인는은한던]가|[하되있없][나지]|[있없]음|[려하되으]면|(?:^|\s)해)[^\w`]*$"
)
"""A predicate or a particle, with which no English sentence ends; endings that are common in nouns (휴가, 한도) are not
here."""


def language_of(text: str) -> Language:
    """Return ko if a fifth of the letters are Hangul, or the text ends as Korean does; code, links and options are no
    language: Korean questions often carry English names and commands."""
    words = _NO_LANGUAGE.sub(" ", text)
    letters = [character for character in words if character.isalpha()]
    if not letters:
        words, letters = text, [character for character in text if character.isalpha()]
    hangul = sum("가" <= letter <= "힣" or "ㄱ" <= letter <= "ㅣ" for letter in letters)
    korean = hangul * 5 >= len(letters) or _KOREAN_END.search(words) is not None
    return "ko" if letters and korean else "en"
