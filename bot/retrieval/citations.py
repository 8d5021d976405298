"""Numbers the sources of a reply in the order in which it uses them."""

import re
from collections.abc import Callable, Sequence

from bot.domain.documents import Passage
from bot.domain.messages import Citation

_ADDRESS = re.compile(r"https?://[^\s<>|\"'`\\]+", re.IGNORECASE)
"""What may be linked: nothing in it can end a link early or hide where it leads."""


def _ageless(_passage: Passage) -> str:
    return ""


def cite(passages: Sequence[Passage], *, aged: Callable[[Passage], str] = _ageless) -> tuple[Citation, ...]:
    """Return one numbered citation a passage, from 1, in order. aged: says how old a passage is, in words."""
    return tuple(
        Citation(
            number=number,
            title=" › ".join(passage.title_path),
            source=_shown(passage),
            chunk=passage.chunk,
            sample=passage.sample,
            page=passage.page,
            age="" if passage.sample else aged(passage),
            link=passage.source if _ADDRESS.fullmatch(passage.source) else None,
        )
        for number, passage in enumerate(passages, start=1)
    )


def _shown(passage: Passage) -> str:
    """Return the last two parts of a path: which file it is, and not where the server keeps it; with the page in it.

    Of a link the whole without `https://`.
    """
    _, link, rest = passage.source.partition("://")
    shown = rest if link and passage.source.startswith("http") else "/".join(passage.source.split("/")[-2:])
    return f"{shown}, p. {passage.page}" if passage.page else shown
