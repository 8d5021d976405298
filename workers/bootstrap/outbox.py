"""Assembles the operator's desk of the outbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.ports.audit import AuditLog
from bot.ports.doorbell import Doorbell
from bot.ports.outbox import OutboxDesk
from integrations.celery.app import celery_app
from integrations.celery.doorbell import CeleryDoorbell
from integrations.postgres.outbox import PostgresOutboxDesk
from integrations.postgres.people import PostgresAuditLog
from integrations.postgres.pool import open_pool
from workers.bootstrap.storage import broker_url, database_url
from workers.settings import Settings


@dataclass(frozen=True, slots=True)
class Desk:
    """The ports of `maru outbox`."""

    outbox: OutboxDesk
    audit: AuditLog
    doorbell: Doorbell


@contextmanager
def open_desk(settings: Settings) -> Iterator[Desk]:
    """Connect for the length of the block; its end publishes pending rings. Raises NotRunning."""
    doorbell = CeleryDoorbell(celery_app(broker_url(settings)))
    with open_pool(database_url(settings), max_size=2) as pool:
        yield Desk(PostgresOutboxDesk(pool), PostgresAuditLog(pool), doorbell)
        doorbell.flush(1.0)
