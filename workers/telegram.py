"""The process that polls Telegram."""

import signal
import threading

from bot.domain.errors import SettingsInvalid
from workers.bootstrap.gateway import open_doors, telegram_poller
from workers.observability import configure_logging
from workers.settings import Settings


def poll(settings: Settings) -> int:
    """Poll until SIGTERM or SIGINT. Raises SettingsInvalid where there is nothing to poll."""
    configure_logging(settings.log_level)
    poller = telegram_poller(open_doors(settings))
    if poller is None:
        raise SettingsInvalid(
            "There is nothing to poll: set MARU_TELEGRAM_BOT_TOKEN, and leave MARU_TELEGRAM_WEBHOOK_SECRET unset."
        )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    poller.run(stop)
    return 0
