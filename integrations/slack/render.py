"""Replies as Slack reads them. Pure.

A reply is untrusted, so nothing in it may notify, link under a false name, or format beyond the Markdown of `Reply`:
every `&`, `<` and `>` is escaped, links become `label (address)`, images are dropped, and no `<…>` is
ever written but for the address of a cited source.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.domain.citing import remarks
from bot.domain.messages import Citation, Reply

LONGEST_PART = 3900
"""Characters of one post, escapes included; Slack's own limit is 4,000."""

LONGEST_SECTION = 3000
"""Characters of one section block, by Slack's own limit."""

_GAP = "\u200b"  # zero width: Slack knows no bold inside a word, and Korean particles follow without a space
_NEEDLESS_GAP = re.compile(rf"(?<![^\W_]){_GAP}(?![^\W_])")  # no letter or digit on either side
_FENCE = "```"
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。？！])|\n")

# "reference" is off so that `[1]: address` in a model's text cannot turn the citation [1] into a link.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).disable(["reference", "html_block"])


def escape(text: str) -> str:
    """Make text inert in mrkdwn: no mention, no link, no special command."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def render(reply: Reply) -> list[str]:
    """Return the posts of a reply as mrkdwn, in order, each at most LONGEST_PART long; at least one."""
    return _parts([*_blocks(reply.text), *_sources(reply.citations)])


def pieces(text: str) -> list[str]:
    """Return a rendered post as several of half the length, for a Slack that finds it too long."""
    return list(_cut(text, LONGEST_PART // 2))


def sections(text: str) -> list[str]:
    """Return a rendered post as pieces of which each fits into one section block."""
    return list(_cut(text, LONGEST_SECTION))


def _sources(citations: tuple[Citation, ...]) -> list[str]:
    lines = [f"[{one.number}] {_line(one.title)} — {_place(one)}{escape(remarks(one))}" for one in citations]
    return ["\n".join(lines)] if lines else []


def _place(citation: Citation) -> str:
    """Return a source: the file, or a link that shows where it leads."""
    if citation.link is None:
        return _line(citation.source)
    return f"<{escape(citation.link)}>"


def _line(text: str) -> str:
    return escape(" ".join(text.split()))


# Blocks


@dataclass(slots=True)
class _Nesting:
    """Where in lists and quotes the writer stands. Each open list has its next number, or None for bullets."""

    lists: list[int | None] = field(default_factory=list)
    quotes: int = 0
    marker: str = ""
    heading: bool = False

    def prefix(self) -> tuple[str, str]:
        """Return what goes before a block's first line and before its other lines."""
        quote = "> " * min(self.quotes, 1)  # Slack has one level
        indent = "    " * max(len(self.lists) - 1, 0)
        marker, self.marker = self.marker, ""
        return quote + indent + marker, quote + indent + " " * len(marker)

    def item(self) -> None:
        number = self.lists[-1]
        self.marker = "• " if number is None else f"{number}. "
        if number is not None:
            self.lists[-1] = number + 1


def _blocks(text: str) -> list[str]:
    """Return the top-level blocks of a Markdown text, each as mrkdwn."""
    blocks: list[str] = []
    lines: list[str] = []
    nesting = _Nesting()
    for token in _MARKDOWN.parse(text):
        _follow(token, nesting)
        words = _leaf(token)
        if nesting.heading and "*" not in words:
            words = words and f"*{words}*"
        if words:
            first, other = nesting.prefix()
            lines.append(first + words.replace("\n", "\n" + other))
        if token.level == 0 and token.nesting <= 0 and lines:
            blocks.append("\n".join(lines))
            lines = []
    return blocks


def _follow(token: Token, nesting: _Nesting) -> None:
    """Enter or leave what a token opens or closes."""
    match token.type:
        case "bullet_list_open":
            nesting.lists.append(None)
        case "ordered_list_open":
            nesting.lists.append(int(token.attrs.get("start", 1)))
        case "bullet_list_close" | "ordered_list_close":
            nesting.lists.pop()
        case "list_item_open":
            nesting.item()
        case "blockquote_open":
            nesting.quotes += 1
        case "blockquote_close":
            nesting.quotes -= 1
        case "heading_open" | "heading_close":
            nesting.heading = token.nesting > 0


def _leaf(token: Token) -> str:
    """Return the mrkdwn of a token that carries words."""
    match token.type:
        case "inline":
            return _inline(token.children or [])
        case "fence" | "code_block":
            return _fenced(escape(token.content.rstrip("\n")).replace(_FENCE, f"`{_GAP}``"))
        case "hr":
            return "———"
    return ""


def _fenced(code: str) -> str:
    return f"{_FENCE}\n{code}\n{_FENCE}"


# Words within a block

_MARKS = {"strong_open": "*", "strong_close": "*", "em_open": "_", "em_close": "_"}


def _inline(tokens: list[Token]) -> str:
    """Return words with bold, italic and code as Slack writes them."""
    written: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "text" | "text_special":
                written.append(escape(token.content))
            case "code_inline":
                written.append(_marked("`", escape(token.content).replace("`", "ˋ")))
            case "softbreak" | "hardbreak":
                written.append("\n")
            case "link_open":
                address = "" if token.markup == "autolink" else str(token.attrs.get("href", ""))
                links.append((address, len(written)))
            case "link_close":
                address, start = links.pop()
                written[start:] = [_link("".join(written[start:]), escape(address))]
            case _:
                written.append(_mark(token))
    return _NEEDLESS_GAP.sub("", "".join(written)).strip()


def _marked(mark: str, words: str) -> str:
    return f"{_GAP}{mark}{words}{mark}{_GAP}"


def _mark(token: Token) -> str:
    """Return a format's delimiter with a gap on its outer side; images and unknown tokens vanish."""
    mark = _MARKS.get(token.type, "")
    if not mark:
        return ""
    return _GAP + mark if token.nesting > 0 else mark + _GAP


def _link(label: str, address: str) -> str:
    address = address.removeprefix("mailto:")
    return label if label == address or not address else f"{label} ({address})".lstrip()


# Parts


def _parts(blocks: list[str]) -> list[str]:
    """Pack blocks into as few posts as hold them, cutting only what is too long for one."""
    parts: list[str] = []
    for piece in (piece for block in blocks for piece in _cut(block, LONGEST_PART)):
        if parts and len(parts[-1]) + 2 + len(piece) <= LONGEST_PART:
            parts[-1] += "\n\n" + piece
        else:
            parts.append(piece)
    return parts or ["…"]


def _cut(block: str, room: int) -> Iterator[str]:
    """Cut a block that is too long: code at line ends and fenced anew, words at sentence ends."""
    if len(block) <= room:
        yield block
    elif block.startswith(_FENCE) and block.endswith(_FENCE) and block.count(_FENCE) == 2:
        inner = block.removeprefix(_FENCE + "\n").removesuffix("\n" + _FENCE)
        yield from (_fenced(piece) for piece in _pieces(inner, room - len(_fenced("")), re.compile(r"\n")))
    else:
        yield from _whole_fences(_pieces(block, room - len(_fenced("")), _SENTENCE_END))


def _whole_fences(cut: Iterator[str]) -> Iterator[str]:
    """Close a fence that a cut left open, and open it again in the next piece."""
    inside = False
    for piece in cut:
        text = f"{_FENCE}\n{piece}" if inside else piece
        inside = text.count(_FENCE) % 2 == 1
        yield f"{text}\n{_FENCE}" if inside else text


def _pieces(text: str, room: int, ends: re.Pattern[str]) -> Iterator[str]:
    while len(text) > room:
        at = _last_end(text, room, ends)
        yield text[:at].rstrip()
        text = text[at:].lstrip("\n" if ends.pattern == r"\n" else None)
    if text:
        yield text


def _last_end(text: str, room: int, ends: re.Pattern[str]) -> int:
    """Return where to cut: at the last end in the second half, else the last space, else there; never in an escape."""
    found = [match.end() for match in ends.finditer(text, room // 2, room)]
    if found:
        return found[-1]
    space = text.rfind(" ", room // 2, room)
    if space > 0:
        return space + 1
    ampersand = text.rfind("&", room - 5, room)
    return ampersand if ampersand >= 0 and ";" not in text[ampersand:room] else room
