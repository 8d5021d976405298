"""Assembles the administration commands for the shell, whose person owns this machine."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.application.administration import Administration
from bot.domain.conversation import Address, PersonId, Standing
from bot.ports.command_runner import CommandRunner
from integrations.celery.app import celery_app
from integrations.celery.doorbell import CeleryDoorbell
from integrations.postgres.library import PostgresLibrary
from integrations.postgres.people import PostgresAdmissions, PostgresAuditLog
from integrations.postgres.pool import open_pool
from integrations.postgres.status import PostgresStatus
from workers.bootstrap.audience import audiences
from workers.bootstrap.models import build_models
from workers.bootstrap.money import Money
from workers.bootstrap.storage import broker_url, database_url
from workers.settings import Settings


class _Owner:
    """`Directory` of a shell: whoever has one on this machine owns it."""

    def standing(self, person: PersonId, address: Address) -> Standing:
        """Tell that they may do everything."""
        return Standing.ADMINISTRATOR


@contextmanager
def open_administration(settings: Settings) -> Iterator[CommandRunner]:
    """Connect for the length of the block. Raises NotRunning if no Maru serves here."""
    models = build_models(settings)
    with open_pool(database_url(settings), max_size=2) as pool:
        library = PostgresLibrary(pool)
        money = Money(pool, entries=lambda: models.entries, reference=lambda: models.reference, directory=_Owner())
        yield Administration(
            library=library,
            audiences=audiences(settings, pool),
            analyser=models.analyser,
            admissions=PostgresAdmissions(pool),
            status=PostgresStatus(pool, library=library, models=models.chat, embedding=models.embedder.model),
            audit=PostgresAuditLog(pool),
            doorbell=CeleryDoorbell(celery_app(broker_url(settings))),
            more=[money.commands],
        ).runner(Standing.ADMINISTRATOR)
