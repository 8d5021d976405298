"""Text as a flat sequence of styled runs: easy to cut anywhere, and balanced HTML whatever was cut. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TAGS = frozenset({"b", "i", "s", "code", "pre", "blockquote"})
"""The only tags we ever send."""

LITERAL = frozenset({"code", "pre"})
"""Inside these Telegram finds no mentions and no addresses."""

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MENTION = re.compile(r"(?<!\w)@(?=[A-Za-z0-9_])")
_WORD_JOINER = "\u2060"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text under the same tags, outermost first."""

    text: str
    styles: tuple[str, ...] = ()

    @property
    def literal(self) -> bool:
        """Tell whether the text stands in code."""
        return not LITERAL.isdisjoint(self.styles)


def clean(text: str) -> str:
    """Drop control and direction-changing characters and lone surrogates; every kind of line end becomes one."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def html(runs: Iterable[Run]) -> str:
    """Return Telegram's HTML: every character escaped, only TAGS, balanced."""
    written: list[str] = []
    open_tags: tuple[str, ...] = ()
    for run in runs:
        shared = _shared(open_tags, run.styles)
        written += [f"</{tag}>" for tag in reversed(open_tags[shared:])]
        written += [f"<{tag}>" for tag in run.styles[shared:]]
        written.append(_escaped(run.text if run.literal else _quiet(run.text)))
        open_tags = run.styles
    return "".join([*written, *(f"</{tag}>" for tag in reversed(open_tags))])


def plain(runs: Iterable[Run]) -> str:
    """Return the words alone, with nothing in them that would notify anybody."""
    return _quiet("".join(run.text for run in runs))


def cost(character: str) -> int:
    """Return how much of Telegram's limit a character may take: UTF-16 units, and the sign that defuses an @."""
    return 1 + (ord(character) > 0xFFFF) + (character == "@")


def size(runs: Sequence[Run]) -> int:
    """Return an upper bound of the message's length as Telegram counts it."""
    return sum(cost(character) for run in runs for character in run.text)


def _quiet(text: str) -> str:
    """Keep `@name` from becoming a mention, which would notify that person."""
    return _MENTION.sub(f"@{_WORD_JOINER}", text)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shared(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
