"""The rung that cannot invent: the best passage in its own words."""

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt

from bot.domain.documents import Passage
from bot.domain.sentences import spans

LONGEST_QUOTE = 600
"""Characters of one quoted passage: a section of a handbook, and what fits on a phone's screen. A block of code or a
table that is longer is quoted whole: half a command is a wrong command."""

CLEAR_LEAD = 0.015
"""By how much (cosine) the nearest line must lead to stand in bold. Read off 150 questions over the
handbook: the nearest line was right 125 times; of the 94 that lead by so much, 91. On 40 questions written afterwards:
35; of 27, all. Words in common added nothing. The constant belongs to e5."""

_PARSER = MarkdownIt("commonmark").enable("table")
_SOLID = frozenset({"fence", "code_block", "html_block", "table_open"})
_MARKERS = re.compile(r"(?:>\s*|[-*+]\s+(?:\[[ xX]\]\s+)?|\d+[.)]\s+)*")

_Span = tuple[int, int]
"""Where a part of a text begins and ends: offsets."""


def quote(passage: Passage, nearest: Sequence[tuple[str, float]]) -> str:
    """Return the passage as a Markdown quotation, the line nearest to the question in bold if its lead is clear.

    nearest: the passage's lines with their cosines, nearest first, or none where nobody knows. An overlong passage is
    cut to the run of lines around the first, with the white space and the blocks that it has there.
    """
    text = passage.text
    lines = spans(text)
    first = next((line for line in lines if nearest and text[slice(*line)] == nearest[0][0]), lines[0])
    start, end = (0, len(text)) if len(text) <= LONGEST_QUOTE else _window(text, lines, first)
    bold = _harmless(text, first) if _leads(nearest) else None
    if bold and bold[1] <= end:
        shown = f"{text[start : bold[0]]}**{text[slice(*bold)]}**{text[bold[1] : end]}"
    else:
        shown = text[start:end]
    shown = _dotted(_dedented(shown, text, start), text, (start, end))
    return "\n".join(f"> {line}".rstrip() for line in shown.split("\n"))


def _leads(nearest: Sequence[tuple[str, float]]) -> bool:
    return bool(nearest) and (len(nearest) == 1 or nearest[0][1] - nearest[1][1] >= CLEAR_LEAD)


def snippet(passage: Passage, longest: int = 120) -> str:
    """Return the passage's first words on one line."""
    line = " ".join(passage.text.split())
    return line if len(line) <= longest else f"{line[:longest].rsplit(' ', 1)[0]}…"


def _blocks(text: str, kinds: frozenset[str]) -> Iterator[_Span]:
    """Yield where the blocks of some kinds are, their whole lines."""
    starts = [0, *(end.end() for end in re.finditer("\n", text)), len(text)]
    for token in _PARSER.parse(text):
        if token.map is not None and token.type in kinds:
            first, after = (starts[min(line, len(starts) - 1)] for line in token.map)
            block = text[first:after].rstrip()
            # The space before indented code makes it code; before a fence it is the list's.
            yield first + (len(block) - len(block.lstrip(" ")) if token.type == "fence" else 0), first + len(block)


def _inside(span: _Span, blocks: Sequence[_Span]) -> _Span | None:
    return next((block for block in blocks if block[0] <= span[0] < block[1]), None)


def _window(text: str, lines: Sequence[_Span], first: _Span) -> _Span:
    """Grow a window around the first line, after it first, as long as it is short enough; no block is cut."""
    blocks = list(_blocks(text, _SOLID))
    units = list(dict.fromkeys(_inside(line, blocks) or line for line in lines))
    low = high = units.index(_inside(first, blocks) or first)
    start, end = units[low]
    if end - start > LONGEST_QUOTE:
        return (start, end) if _inside(first, blocks) else (start, start + LONGEST_QUOTE)
    while True:
        if high + 1 < len(units) and units[high + 1][1] - start <= LONGEST_QUOTE:
            high += 1
        elif low and units[high][1] - units[low - 1][0] <= LONGEST_QUOTE:
            low -= 1
            start = units[low][0]
        else:
            return start, units[high][1]


def _harmless(text: str, line: _Span) -> _Span | None:
    """Return what of a line can be bold without a change of what it says: nothing in code, tables and headings."""
    markers = _MARKERS.match(text, *line)
    start, end = markers.end() if markers else line[0], line[1]
    words = text[start:end]
    marked = "*" in words or words.endswith("\\") or words.count("`") % 2 or words.count("[") != words.count("]")
    if not words or marked or not _inside((start, end), list(_blocks(text, frozenset({"paragraph_open"})))):
        return None
    return start, end


def _dedented(shown: str, text: str, start: int) -> str:
    """Take off the lines of a cut passage what stands before its first: a nested item would become code."""
    indent = text[text.rfind("\n", 0, start) + 1 : start]
    return re.sub(rf"\n {{1,{len(indent)}}}", "\n", shown) if indent and not indent.strip() else shown


def _dotted(shown: str, text: str, window: _Span) -> str:
    """Say with dots where something was left out: on a line of their own where whole lines were."""
    start, end = window
    before, after = text[:start].rstrip(" "), text[end:].lstrip(" ")
    if before.strip():
        shown = f"…\n\n{shown}" if before.endswith("\n") else f"… {shown}"
    if after.strip():
        shown = f"{shown}\n\n…" if after.startswith("\n") else f"{shown} …"
    return shown
