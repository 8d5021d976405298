"""Code blocks of a draft, as Markdown fences them."""

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n`]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block. language: as its fence names it, in lower case. closed: whether its end came."""

    language: str
    code: str
    closed: bool = True


def blocks(text: str) -> tuple[Block, ...]:
    """Return the fenced blocks of a text, in order; the last may be unclosed."""
    found: list[Block] = []
    position = 0
    while (opening := _FENCE.search(text, position)) is not None:
        start = min(opening.end() + 1, len(text))
        closing = re.compile(rf"^[ \t]*{re.escape(opening[1][0])}{{{len(opening[1])},}}[ \t]*$", re.MULTILINE)
        end = closing.search(text, start)
        found.append(Block(opening[2].lower(), text[start : end.start() if end else len(text)], end is not None))
        if end is None:
            break
        position = end.end()
    return tuple(found)


def bare(text: str) -> str:
    """Return what a reply holds: the code of its only block, else all of it. Small models like to fence."""
    only = blocks(text)
    return (only[0].code if len(only) == 1 else text).strip()
