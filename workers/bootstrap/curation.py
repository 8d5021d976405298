"""Wires the answers that people vouch for: the desk that turns ask, and the commands."""

from collections.abc import Mapping
from datetime import tzinfo

from bot.application.administration import Command
from bot.application.curating import CurationCommands
from bot.ports.audiences import Audiences
from bot.ports.directory import Directory
from bot.retrieval.curated import CuratedDesk
from integrations.postgres.curated import PostgresCuratedAnswers
from integrations.postgres.people import PostgresAuditLog
from integrations.postgres.pool import Pool
from workers.bootstrap.models import Models
from workers.clock import SystemClock


class Curation:
    """One process's desk."""

    def __init__(self, pool: Pool, models: Models, *, directory: Directory, audiences: Audiences, zone: tzinfo) -> None:
        self.desk = CuratedDesk(
            PostgresCuratedAnswers(pool), embedder=models.embedder, analyser=models.analyser, clock=SystemClock()
        )
        self.commands: Mapping[str, Command] = CurationCommands(
            desk=self.desk,
            directory=directory,
            audiences=audiences,
            audit=PostgresAuditLog(pool),
            clock=SystemClock(),
            zone=zone,
        ).commands()
