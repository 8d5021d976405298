"""The sample handbook, so that a new Maru has something to answer from."""

from importlib.resources import files

from bot.application.indexing import add
from bot.ports.doorbell import Bell
from workers.bootstrap.console import open_console
from workers.bootstrap.models import build_models
from workers.settings import Settings

LANGUAGES = ("en", "ko")


def load(settings: Settings) -> None:
    """Index the handbook if nothing is known yet and no chat platform is connected; else do nothing.

    Raises EncoderUnavailable, DatabaseUnavailable.
    """
    if settings.slack_bot_token or settings.telegram_bot_token:
        return
    console = open_console(settings)
    if console.library.counts().documents:
        return
    analyser = build_models(settings).analyser
    for language in LANGUAGES:
        pages = files("workers").joinpath("handbook", language).iterdir()
        for page in sorted(pages, key=lambda one: one.name):
            add(
                page.read_text(encoding="utf-8"),
                source=f"handbook/{language}/{page.name}",
                fallback_title=page.name,
                library=console.library,
                analyser=analyser,
                sample=True,
            )
    console.doorbell.ring(Bell.INDEXING)
    console.doorbell.flush(1.0)
