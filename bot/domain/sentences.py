"""Where a sentence ends, in English and Korean; commands, numbers and list items stay whole."""

import re

_CODE = re.compile(r"`[^`\n]*`")
_END = re.compile(r"(?<=[.!?。])[\"'”’)\]]*(?:\s*\[\d+\])*(?:\s+|$)|\n+")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|approx|Mr|Mrs|Dr|No)|^\s*\d+|\n\s*\d+)\.$")


def sentences(text: str) -> list[str]:
    """Split text into sentences and list items, without the white space between them."""
    masked = _CODE.sub(lambda code: "x" * len(code.group()), text)
    pieces: list[str] = []
    start = 0
    for end in _END.finditer(masked):
        before = masked[start : end.start()]
        if _ABBREVIATION.search(before) and "\n" not in end.group():
            continue
        pieces.append(text[start : end.end()].strip())
        start = end.end()
    pieces.append(text[start:].strip())
    return [piece for piece in pieces if piece]
