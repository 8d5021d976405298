"""Telegram's HTML, read as strictly as its servers do: unknown, crossed or open tags are refused."""

import re
from dataclasses import dataclass
from typing import Any

ENTITY_OF = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre",
    "blockquote": "blockquote", "a": "text_link", "tg-spoiler": "spoiler",
}  # fmt: skip
NAMED = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"'}

_PIECE = re.compile(
    r"<(?P<close>/?)(?P<tag>[^\s<>/]*)(?P<rest>[^<>]*)>|(?P<named>&(?:lt|gt|amp|quot);)|(?P<open><)|.", re.S
)


class EntitiesRefused(Exception):
    """What stands behind `can't parse entities:`."""


@dataclass(frozen=True, slots=True)
class Styled:
    """The words people read and the entities over them, in UTF-16 units."""

    text: str
    entities: list[dict[str, Any]]


def styled(source: str) -> Styled:
    """Read HTML; raise EntitiesRefused as the platform would."""
    text, stack, entities = "", [], []
    for piece in _PIECE.finditer(source):
        if piece["tag"] is not None:
            if piece["close"]:
                _close(piece["tag"], stack, entities, at=_units(text))
            else:
                _open(piece, stack, at=_units(text))
        elif piece["open"]:
            raise EntitiesRefused(f'Unsupported start tag "" at byte offset {piece.start()}')
        else:
            text += NAMED.get(piece[0], piece[0])
    if stack:
        raise EntitiesRefused(f'Can\'t find end tag corresponding to start tag "{stack[-1][0]}"')
    return Styled(text.strip(), entities)


def _open(piece: re.Match[str], stack: list[tuple[str, int]], *, at: int) -> None:
    tag = piece["tag"].lower()
    if tag not in ENTITY_OF:
        raise EntitiesRefused(f'Unsupported start tag "{tag}" at byte offset {piece.start()}')
    if piece["rest"].strip() and tag not in ("a", "code", "blockquote"):
        raise EntitiesRefused(f'Tag "{tag}" must have no attributes at byte offset {piece.start()}')
    outer = [name for name, _ in stack]
    # The platform drops these silently; being strict about them shows what would be lost.
    if "pre" in outer or "code" in outer or (tag == "blockquote" and tag in outer):
        raise EntitiesRefused(f'Tag "{tag}" must not stand inside "{outer[-1]}"')
    stack.append((tag, at))


def _close(tag: str, stack: list[tuple[str, int]], entities: list[dict[str, Any]], *, at: int) -> None:
    if not stack:
        raise EntitiesRefused(f'Unexpected end tag "{tag}"')
    opened, start = stack.pop()
    if opened != tag.lower():
        raise EntitiesRefused(f'Unmatched end tag, expected "</{opened}>", found "</{tag}>"')
    if at > start:
        entities.append({"type": ENTITY_OF[opened], "offset": start, "length": at - start})


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
