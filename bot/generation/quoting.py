"""The rung that cannot invent: the best passage in its own words."""

from collections.abc import Sequence

from bot.domain.documents import Passage
from bot.domain.sentences import sentences

LONGEST_QUOTE = 600
"""Characters of one quoted passage: a section of a handbook, and what fits on a phone's screen."""


def quote(passage: Passage, nearest: Sequence[str]) -> str:
    """Return the passage as a Markdown quotation, the line nearest to the question in bold.

    nearest: the passage's lines, nearest first, or none where nobody knows. An overlong passage is cut to the run of
    lines around the first.
    """
    lines = sentences(passage.text)
    text = passage.text if len(passage.text) <= LONGEST_QUOTE else _around(nearest[0] if nearest else lines[0], lines)
    if nearest and "*" not in nearest[0] and "```" not in passage.text:  # marks would change what is code there
        marker = len(nearest[0]) - len(nearest[0].lstrip("-*+ "))
        text = text.replace(nearest[0][marker:], f"**{nearest[0][marker:]}**", 1)
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


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
