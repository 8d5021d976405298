"""The sample handbook, so that a new Maru has something to answer from."""

import time
from collections.abc import Iterator
from importlib.resources import files

from bot.application.indexing import add
from bot.domain.conversation import WORKSPACE
from bot.ports.analyser import Analyser
from bot.ports.doorbell import Bell
from bot.ports.library import Library
from workers.bootstrap.console import open_console
from workers.bootstrap.models import build_models
from workers.settings import Settings

LANGUAGES = ("en", "ko")
EMBEDDING_SECONDS = 10.0
"""How long readiness waits for it; what is not embedded by then is found by its words."""


def load(settings: Settings) -> None:
    """Index the handbook if nothing else is known yet and no chat platform is connected; else do nothing.

    Raises EncoderUnavailable, DatabaseUnavailable.
    """
    if settings.slack_bot_token or settings.telegram_bot_token:
        return
    with open_console(settings) as console:
        models = build_models(settings)
        if complete(console.library, models.analyser):
            console.doorbell.ring(Bell.INDEXING)
            _await_embedding(console.library, models.embedder.model)


def complete(library: Library, analyser: Analyser) -> bool:
    """Index the handbook where nothing is known, or the rest of it where its loading was cut off; tell if it did.

    The pages come in one order: where the first is known and the last is not, the loading never came to its end.
    Raises EncoderUnavailable, DatabaseUnavailable.
    """
    handbook = list(pages())
    first, last = (library.digest(source, WORKSPACE) for source, _ in (handbook[0], handbook[-1]))
    if last is not None or (first is None and library.how_many([WORKSPACE])):
        return False
    for source, text in handbook:
        add(text, source=source, fallback_title=source, library=library, analyser=analyser, sample=True)
    return True


def _await_embedding(library: Library, model: str) -> None:
    """Wait until the workers have embedded it: the first question deserves the whole search."""
    deadline = time.monotonic() + EMBEDDING_SECONDS
    while library.waits(model) and time.monotonic() < deadline:
        time.sleep(0.2)


def pages() -> Iterator[tuple[str, str]]:
    """Yield each page of the handbook: its source and its text."""
    for language in LANGUAGES:
        folder = files("workers").joinpath("handbook", language)
        for page in sorted(folder.iterdir(), key=lambda one: one.name):
            yield f"handbook/{language}/{page.name}", page.read_text(encoding="utf-8")
