"""Numbers the sources of a reply in the order in which it uses them."""

from collections.abc import Sequence

from bot.domain.documents import Passage
from bot.domain.messages import Citation


def cite(passages: Sequence[Passage]) -> tuple[Citation, ...]:
    """Return one numbered citation a passage, from 1, in order."""
    return tuple(
        Citation(
            number=number,
            title=" › ".join(passage.title_path),
            source=_shown(passage),
            chunk=passage.chunk,
            sample=passage.sample,
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
