"""Assembles what the command line needs: a door in, a feed out, the library. It imports no chat platform."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from bot.application.intake import take
from bot.ports.audit import AuditLog
from bot.ports.doorbell import Doorbell
from bot.ports.intake import Intake
from bot.ports.library import Library
from bot.ports.reply_feed import ReplyFeed
from bot.ports.source_book import SourceBook
from integrations.celery.app import celery_app
from integrations.celery.doorbell import CeleryDoorbell
from integrations.postgres.feed import PostgresReplyFeed
from integrations.postgres.inbox import PostgresInbox
from integrations.postgres.library import PostgresLibrary
from integrations.postgres.people import PostgresAuditLog
from integrations.postgres.pool import open_pool
from integrations.postgres.sources import PostgresSourceBook
from workers.bootstrap.storage import broker_url, database_url
from workers.settings import Settings


@dataclass(frozen=True, slots=True)
class Console:
    """The ports of the terminal."""

    intake: Intake
    feed: ReplyFeed
    doorbell: Doorbell
    library: Library
    audit: AuditLog
    book: SourceBook


@contextmanager
def open_console(settings: Settings) -> Iterator[Console]:
    """Connect for the length of the block; its end publishes pending rings. Raises NotRunning."""
    url = database_url(settings)
    doorbell = CeleryDoorbell(celery_app(broker_url(settings)))
    with open_pool(url, max_size=2) as pool:
        yield Console(
            intake=partial(take, inbox=PostgresInbox(pool), doorbell=doorbell),
            feed=PostgresReplyFeed(url),
            doorbell=doorbell,
            library=PostgresLibrary(pool),
            audit=PostgresAuditLog(pool),
            book=PostgresSourceBook(pool),
        )
        doorbell.flush(1.0)
