"""Puts a corpus into a library as documents are taken in: read, split, analysed, kept, embedded."""

from collections.abc import Callable, Sequence

from bot.application.indexing import add
from bot.domain.errors import DocumentRefused
from bot.ports.analyser import Analyser
from bot.ports.library import Library
from workers.evaluation.embeddings import EmbeddingCache
from workers.evaluation.inputs import Page

EMBEDDED_AT_ONCE = 512


def shelve(
    pages: Sequence[Page],
    *,
    library: Library,
    analyser: Analyser,
    cache: EmbeddingCache,
    model: str,
    told: Callable[[str], None],
) -> int:
    """Index and embed the pages under their ids; return how many have no text that could be kept.

    Raises EncoderUnavailable, DatabaseUnavailable.
    """
    refused = 0
    for number, page in enumerate(pages, start=1):
        try:
            add(page.text, source=page.id, fallback_title=page.title or page.id, library=library, analyser=analyser)
        except DocumentRefused:
            refused += 1
        if number % 500 == 0:
            told(f"{number} of {len(pages)} documents read")
    while waiting := library.unembedded(model=model, limit=EMBEDDED_AT_ONCE):
        vectors = cache.embed([text for _, text in waiting], kind="passage")
        pairs = [(chunk, tuple(map(float, row))) for (chunk, _), row in zip(waiting, vectors, strict=True)]
        library.set_embeddings(model, pairs)
    return refused
