"""Wires what people say of answers: those they vouch for, and what they think of the others."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from bot.application.administration import Command
from bot.application.curating import CurationCommands
from bot.application.opinions import OpinionDesk, tell_owners
from bot.application.receipts import ReceiptDesk
from bot.domain.conversation import PersonId
from bot.ports.audiences import Audiences
from bot.ports.directory import Directory
from bot.ports.doorbell import Doorbell
from bot.ports.receipts import Receipts
from bot.retrieval.curated import CuratedDesk
from integrations.postgres.curated import PostgresCuratedAnswers
from integrations.postgres.feedback import PostgresFeedback
from integrations.postgres.people import PostgresAuditLog
from integrations.postgres.pool import Pool
from workers.bootstrap.models import Models
from workers.clock import SystemClock


class Curation:
    """One process's desks."""

    def __init__(self, pool: Pool, models: Models, *, zone: tzinfo) -> None:
        self._pool, self._zone = pool, zone
        self._feedback = PostgresFeedback(pool)
        self.desk = CuratedDesk(
            PostgresCuratedAnswers(pool), embedder=models.embedder, analyser=models.analyser, clock=SystemClock()
        )

    def commands(
        self, *, directory: Directory, audiences: Audiences, receipts: Receipts
    ) -> Sequence[Mapping[str, Command]]:
        """Return the commands about answers."""
        return (
            CurationCommands(
                desk=self.desk,
                directory=directory,
                audiences=audiences,
                audit=PostgresAuditLog(self._pool),
                clock=SystemClock(),
                zone=self._zone,
            ).commands(),
            OpinionDesk(
                feedback=self._feedback, receipts=receipts, directory=directory, audiences=audiences
            ).commands(),
            ReceiptDesk(
                receipts=receipts, directory=directory, audiences=audiences, feedback=self._feedback
            ).commands(),
        )

    def tell_owners(self, administrators: Sequence[PersonId], doorbell: Doorbell) -> int:
        """Tell the owners of documents what was said against answers from them."""
        return tell_owners(
            feedback=self._feedback, administrators=administrators, clock=SystemClock(), doorbell=doorbell
        )
