"""Assembles what the command line needs: a door in, a feed out, the library. It imports no chat platform."""

from dataclasses import dataclass
from functools import partial

from bot.application.intake import take
from bot.ports.intake import Intake
from bot.ports.reply_feed import ReplyFeed
from integrations.celery.app import celery_app
from integrations.celery.doorbell import CeleryDoorbell
from integrations.postgres.feed import PostgresReplyFeed
from integrations.postgres.inbox import PostgresInbox
from integrations.postgres.library import PostgresLibrary
from integrations.postgres.pool import open_pool
from workers.bootstrap.storage import broker_url, database_url
from workers.settings import Settings


@dataclass(frozen=True, slots=True)
class Console:
    """The ports of the terminal."""

    intake: Intake
    feed: ReplyFeed
    doorbell: CeleryDoorbell
    library: PostgresLibrary

    def flush(self) -> None:
        """Wait a moment for pending rings: this process may end before its thread has published them."""
        self.doorbell.flush(1.0)


def open_console(settings: Settings) -> Console:
    """Connect. Raises NotRunning if no Maru serves here."""
    url = database_url(settings)
    doorbell = CeleryDoorbell(celery_app(broker_url(settings)))
    pool = open_pool(url, max_size=2)
    return Console(
        intake=partial(take, inbox=PostgresInbox(pool), doorbell=doorbell),
        feed=PostgresReplyFeed(url),
        doorbell=doorbell,
        library=PostgresLibrary(pool),
    )
