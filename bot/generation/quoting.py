"""The rung that cannot invent: the best passage in its own words."""

from collections.abc import Sequence

from bot.domain.documents import Passage
from bot.domain.sentences import sentences

LONGEST_QUOTE = 600
"""Characters of one quoted passage: a section of a handbook, and what fits on a phone's screen."""


def quote(passage: Passage, wanted: Sequence[str]) -> str:
    """Return the passage as a Markdown quotation; an overlong one is cut to the run of lines nearest to `wanted`.

    wanted: the question's terms, in the passage's own spelling where possible; more hits of them is nearer.
    """
    text = passage.text if len(passage.text) <= LONGEST_QUOTE else _window(passage.text, wanted)
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def snippet(passage: Passage, longest: int = 120) -> str:
    """Return the passage's first words on one line."""
    line = " ".join(passage.text.split())
    return line if len(line) <= longest else f"{line[:longest].rsplit(' ', 1)[0]}…"


def _window(text: str, wanted: Sequence[str]) -> str:
    pieces = sentences(text)
    hits = [sum(term in piece.casefold() for term in wanted) for piece in pieces]
    best, best_score = (0, 1), -1
    for start in range(len(pieces)):
        length = score = 0
        for end in range(start, len(pieces)):
            length += len(pieces[end]) + 1
            if length > LONGEST_QUOTE and end > start:
                break
            score += hits[end]
            if score > best_score:
                best, best_score = (start, end + 1), score
    start, end = best
    window = "\n".join(pieces[start:end])[:LONGEST_QUOTE]
    return f"{'… ' if start else ''}{window}{' …' if end < len(pieces) else ''}"
