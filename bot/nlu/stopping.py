"""Whether a message asks Maru to stop: a closed list, because it is applied before anything understands words."""

import re

_STOP = re.compile(
    r"(please |pls |plz )?(stop|cancel)( it| that| this| now| answering)?( please| pls| plz)?"
    r"|(이제 |그냥 )?(멈춰|그만|중지|취소)(해| 해)?( ?(줘|주세요|요))?"
)
_NAME = re.compile(r"^(maru|마루야?)\s+|\s+(maru|마루야?)$")
_PUNCTUATION = re.compile(r"[^\w\s]+")

_LONGEST = 60
"""Characters; a longer message is a sentence about stopping, not the request."""


def asks_to_stop(text: str) -> bool:
    """Tell whether the text, its mention of Maru taken out, is nothing but a request to stop."""
    if len(text) > _LONGEST:
        return False
    words = " ".join(_PUNCTUATION.sub(" ", text.casefold()).split())
    return _STOP.fullmatch(_NAME.sub("", words)) is not None
