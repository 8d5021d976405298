"""Where a sentence ends, in English and Korean; commands, numbers and list items stay whole."""

import re

_CODE = re.compile(r"`[^`\n]*`")
_END = re.compile(r"(?<=[.!?。])[\"'”’)\]]*(?:\s*\[\d+\])*(?:\s+|$)|\n+")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|approx|Mr|Mrs|Dr|No)|^\s*\d+|\n\s*\d+)\.$")


def sentences(text: str) -> list[str]:
    """Split text into sentences and list items, without the white space between them."""
    return [text[start:end] for start, end in spans(text)]


def spans(text: str) -> list[tuple[int, int]]:
    """Return where each of a text's `sentences` begins and ends, in order."""
    masked = _CODE.sub(lambda code: "x" * len(code.group()), text)
    found: list[tuple[int, int]] = []
    start = 0
    for end in _END.finditer(masked):
        before = masked[start : end.start()]
        if _ABBREVIATION.search(before) and "\n" not in end.group():
            continue
        found.append(_stripped(text, start, end.end()))
        start = end.end()
    found.append(_stripped(text, start, len(text)))
    return [(start, end) for start, end in found if start < end]


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
