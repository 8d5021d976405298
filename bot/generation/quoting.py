"""The rung that cannot invent: the best passage in its own words."""

from collections.abc import Sequence

from bot.domain.documents import Passage
from bot.domain.sentences import sentences

LONGEST_QUOTE = 600
"""Characters of one quoted passage: a section of a handbook, and what fits on a phone's screen."""


CLEAR_LEAD = 0.015
"""By how much (cosine) the nearest line must lead to stand in bold. Read off 150 questions over the
handbook: the nearest line was right 125 times; of the 94 that lead by so much, 91. On 40 questions written afterwards:
35; of 27, all. Words in common added nothing. The constant belongs to e5."""


def quote(passage: Passage, nearest: Sequence[tuple[str, float]]) -> str:
    """Return the passage as a Markdown quotation, the line nearest to the question in bold if its lead is clear.

    nearest: the passage's lines with their cosines, nearest first, or none where nobody knows. An overlong passage is
    cut to the run of lines around the first.
    """
    lines = sentences(passage.text)
    first = nearest[0][0] if nearest else lines[0]
    text = passage.text if len(passage.text) <= LONGEST_QUOTE else _around(first, lines)
    # Marks would change what is code there.
    if _leads(nearest) and "*" not in first and "```" not in passage.text:
        marker = len(first) - len(first.lstrip("-*+ "))
        text = text.replace(first[marker:], f"**{first[marker:]}**", 1)
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _leads(nearest: Sequence[tuple[str, float]]) -> bool:
    return bool(nearest) and (len(nearest) == 1 or nearest[0][1] - nearest[1][1] >= CLEAR_LEAD)


def snippet(passage: Passage, longest: int = 120) -> str:
    """Return the passage's first words on one line."""
    line = " ".join(passage.text.split())
    return line if len(line) <= longest else f"{line[:longest].rsplit(' ', 1)[0]}…"


def _around(line: str, lines: Sequence[str]) -> str:
    """Grow a window around the line, after it first, as long as it is short enough."""
    start = lines.index(line)
    end = start + 1
    length = len(line)
    while True:
        if end < len(lines) and length + len(lines[end]) + 1 <= LONGEST_QUOTE:
            length += len(lines[end]) + 1
            end += 1
        elif start and length + len(lines[start - 1]) + 1 <= LONGEST_QUOTE:
            start -= 1
            length += len(lines[start]) + 1
        else:
            break
    window = " ".join(lines[start:end])[:LONGEST_QUOTE]
    return f"{'… ' if start else ''}{window}{' …' if end < len(lines) else ''}"
