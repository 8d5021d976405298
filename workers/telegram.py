"""The process that polls Telegram."""

import signal
import threading
from collections.abc import Callable
from contextlib import suppress

from bot.domain.errors import MaruError, SettingsInvalid
from workers.bootstrap.gateway import open_doors, telegram_concern, telegram_poller, telegram_tally
from workers.observability import configure_logging
from workers.settings import Settings

FLUSH_SECONDS = 2.0
"""How far the counts in the gateway's /metrics, and what `status` says of polling, may be behind."""


def poll(settings: Settings) -> int:
    """Poll until SIGTERM or SIGINT. Raises SettingsInvalid where there is nothing to poll."""
    configure_logging(settings.log_level)
    doors = open_doors(settings)
    tally = telegram_tally(doors)
    poller = telegram_poller(doors, count=tally.count)
    if poller is None:
        raise SettingsInvalid(
            "There is nothing to poll: set MARU_TELEGRAM_BOT_TOKEN, and leave MARU_TELEGRAM_WEBHOOK_SECRET unset."
        )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    concern = telegram_concern(doors)

    def tell() -> None:
        tally.flush()
        concern.say(None if stop.is_set() else poller.trouble)

    counts = threading.Thread(target=_flush_until, args=(stop, tell), name="tally", daemon=True)
    counts.start()
    try:
        poller.run(stop)
    finally:
        stop.set()
        counts.join(FLUSH_SECONDS)
    return 0


def _flush_until(stop: threading.Event, flush: Callable[[], None]) -> None:
    """Write down what others show, every few seconds and at the end; what fails is tried again with the next."""
    while not stop.wait(FLUSH_SECONDS):
        with suppress(MaruError):
            flush()
    with suppress(MaruError):
        flush()
