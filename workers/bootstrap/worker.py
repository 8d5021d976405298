"""Assembles what a Celery worker runs."""

import os
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from celery import Celery

from bot.application.administration import Administration
from bot.application.answering import LEASE_SECONDS, Answering
from bot.application.delivery import Delivering
from bot.application.gate import gates
from bot.application.models_admin import ModelCommands
from bot.application.rollouts import Rollouts
from bot.application.router_admin import RouterCommands
from bot.application.skills_admin import SkillCommands
from bot.application.sources import Stores
from bot.dialogue.means import Means
from bot.dialogue.shelf import Shelf
from bot.domain.conversation import PersonId
from bot.domain.messages import ModelCall
from bot.domain.models import ModelEntry
from bot.domain.money import channel_of
from bot.ensemble.roster import Roster
from bot.generation.pointing import LineVectors
from bot.nlu.skills import builtin_skills
from bot.nlu.understanding import Understander
from bot.people.audience import HouseAudiences
from bot.people.directory import HouseDirectory
from bot.ports.doorbell import Doorbell
from bot.ports.inbox import Claim
from integrations.celery.app import celery_app
from integrations.celery.doorbell import CeleryDoorbell
from integrations.postgres.census import PostgresModelCensus
from integrations.postgres.concern import PostgresConcern
from integrations.postgres.inbox import PostgresConversationLease, PostgresInbox, PostgresTurnStore
from integrations.postgres.interruptions import PostgresInterruptions
from integrations.postgres.library import PostgresChunkIndex, PostgresLibrary
from integrations.postgres.outbox import PostgresOutbox
from integrations.postgres.people import PostgresAdmissions, PostgresAuditLog
from integrations.postgres.pool import Pool, open_pool
from integrations.postgres.receipts import PostgresReceipts
from integrations.postgres.retention import PostgresRetention
from integrations.postgres.rollouts import PostgresRolloutBook
from integrations.postgres.router_dial import PostgresRouterDial
from integrations.postgres.skills import PostgresSkillStore
from integrations.postgres.sources import PostgresSourceBook
from integrations.postgres.status import PostgresStatus
from integrations.postgres.status import WorkerPulse as WorkerPulse
from integrations.postgres.switchboard import PostgresSwitchboard
from workers.alarm import Alarm
from workers.aside import Aside
from workers.bootstrap import audience
from workers.bootstrap.catalogue import LiveCatalogue
from workers.bootstrap.curation import Curation
from workers.bootstrap.history import channel_history
from workers.bootstrap.knowledge import stores
from workers.bootstrap.models import Models, build_models
from workers.bootstrap.money import Money
from workers.bootstrap.platforms import Platforms
from workers.bootstrap.storage import broker_url, database_url
from workers.clock import SystemClock, zone
from workers.crew import RestingModel, ThreadCrew
from workers.health_rounds import HealthRounds
from workers.leases import LeaseKeeper
from workers.lookout import Lookout
from workers.router_file import FileRouter, router_file
from workers.settings import Settings

SMALL_TALK_MARGIN = 0.042
"""By how much (cosine) small talk must be nearer than any question; measured for the embedded model."""

POOL_SIZE = 8
"""Connections a worker: no turn holds one while a model thinks, so 200 turns share these."""

DESKS = 8
"""Turns of a worker that compute at once: more do not end sooner, and whoever comes next waits for all of them."""


def pulse_name(queues: Iterable[str]) -> str:
    """Return what this process is called in table worker: `status`, `doctor` and compose's health checks read it."""
    return f"{'+'.join(sorted(queues))} on {socket.gethostname()}:{os.getpid()}"


def make_app(settings: Settings) -> Celery:
    """Return the Celery application of workers and beat. Raises NotRunning."""
    return celery_app(broker_url(settings), beat_file=str(settings.home / "run" / "beat"))


@dataclass
class Worker:
    """The composition root of worker processes."""

    settings: Settings
    doorbell: Doorbell
    pool: Pool
    threads: int
    answerers: ThreadCrew
    senders: ThreadCrew
    aside: Aside

    @classmethod
    def open(cls, settings: Settings, app: Celery, *, threads: int) -> Self:
        """Connect to Postgres and make every part now, in one thread; nothing else is called yet.

        threads: turns, and posts, in hand at most.
        """
        pool = open_pool(database_url(settings), max_size=POOL_SIZE)
        crews = ThreadCrew(threads, name="turn", desks=DESKS), ThreadCrew(threads, name="post", desks=threads)
        worker = cls(settings, CeleryDoorbell(app), pool, threads, *crews, Aside())
        _ = (
            worker.delivering,
            worker.answering,
            worker.lookout,
            worker.health,
        )  # from Python 3.12 on, cached_property has no lock of its own
        return worker

    def pulse(self, name: str) -> WorkerPulse:
        """Return what says that this process lives."""
        return WorkerPulse(self.pool, name, models=self.health.pulses)

    @cached_property
    def inbox(self) -> PostgresInbox:
        """Events in."""
        return PostgresInbox(self.pool)

    @cached_property
    def outbox(self) -> PostgresOutbox:
        """Replies out."""
        return PostgresOutbox(self.pool)

    @cached_property
    def retention(self) -> PostgresRetention:
        """The end of what is over."""
        return PostgresRetention(self.pool)

    @cached_property
    def receipts(self) -> PostgresReceipts:
        """The accounts of what was answered."""
        return PostgresReceipts(self.pool)

    @cached_property
    def library(self) -> PostgresLibrary:
        """Documents."""
        return PostgresLibrary(self.pool)

    @cached_property
    def knowledge(self) -> Stores:
        """What keeps the documents in step with their sources."""
        return stores(library=self.library, book=PostgresSourceBook(self.pool), analyser=self.models.analyser)

    @cached_property
    def models(self) -> Models:
        """The catalogue's models, embedder and analyser, as they were at the start."""
        return build_models(self.settings)

    @cached_property
    def roster(self) -> Roster:
        """The chat models of now."""
        return Roster([RestingModel(model, self.answerers) for model in self.models.chat])

    @cached_property
    def catalogue(self) -> LiveCatalogue:
        """What keeps the roster as the models file says."""
        connect = self.models.connect
        return LiveCatalogue(
            self.settings,
            self.roster,
            started_with=self.models.entries,
            reference=self.models.reference,
            make=lambda entry: RestingModel(connect(entry), self.answerers),
        )

    @cached_property
    def health(self) -> HealthRounds:
        """How the models fare, as this process sees it; begun where questions are answered."""
        return HealthRounds(lambda: self.roster.catalogue)

    @cached_property
    def lookout(self) -> Lookout:
        """What administrators may have changed; begun where questions are answered."""
        switchboard = PostgresSwitchboard(self.pool)
        concern = PostgresConcern(self.pool, f"models file on {socket.gethostname()}")
        return Lookout(
            {
                "models file": self.catalogue.look,
                "models file's trouble": lambda: concern.say(self.catalogue.trouble),
                "switches": lambda: self.roster.switch_off(switchboard.off()),
                "rollouts": self.rollouts.look,
                "router's threshold": lambda: self.router.turn(PostgresRouterDial(self.pool).threshold()),
            }
        )

    @cached_property
    def router(self) -> FileRouter:
        """Where ladders start."""
        return FileRouter(router_file(self.settings.home), embedding=self.models.embedder.model)

    @cached_property
    def model_commands(self) -> ModelCommands:
        """`/maru models` and its kin."""
        return ModelCommands(
            entries=lambda: [model.entry for model in self.roster.catalogue],
            trouble=lambda: self.catalogue.trouble,
            switchboard=PostgresSwitchboard(self.pool),
            census=PostgresModelCensus(self.pool),
            book=PostgresRolloutBook(self.pool),
        )

    @cached_property
    def rollouts(self) -> Rollouts:
        """New models on their way into old ones' places."""
        return Rollouts(
            book=PostgresRolloutBook(self.pool),
            audit=PostgresAuditLog(self.pool),
            aside=self.aside,
            spent=self._shadowed,
        )

    def _shadowed(self, calls: Sequence[ModelCall], claim: Claim) -> None:
        """Write down what a shadow cost; it is nobody's answer, but its person's and channel's all the same."""
        event = claim.event
        self.money.ledger.record(calls, person=event.person, channel=channel_of(event.address), skill="shadow")

    @cached_property
    def platforms(self) -> Platforms:
        """The ways to the people."""
        return Platforms(self.settings, self.pool)

    @cached_property
    def directory(self) -> HouseDirectory:
        """Who is who."""
        return HouseDirectory(
            administrators=self.settings.admins,
            telegram_allowed=self.settings.telegram_allowed,
            admissions=PostgresAdmissions(self.pool),
            slack=self.platforms.slack_users,
        )

    @cached_property
    def audiences(self) -> HouseAudiences:
        """Who reads along."""
        ways = self.platforms
        asked = audience.rooms(self.settings, ways.rates, users=ways.slack_users, telegram=ways.telegram)
        return audience.audiences(self.settings, self.pool, users=ways.slack_users, asked=asked)

    @cached_property
    def skills(self) -> PostgresSkillStore:
        """What administrators taught."""
        return PostgresSkillStore(self.pool)

    @cached_property
    def curation(self) -> Curation:
        """Answers that people vouch for."""
        return Curation(self.pool, self.models, zone=zone(self.settings.time_zone))

    @cached_property
    def means(self) -> Means:
        """What a turn may use."""
        understander = Understander(builtin_skills(), self.models.embedder, margin=SMALL_TALK_MARGIN)
        return Means(
            understander=understander,
            models=self.roster,
            index=PostgresChunkIndex(self.pool, model=self.models.embedder.model),
            analyser=self.models.analyser,
            lines=LineVectors(self.models.embedder),
            clock=SystemClock(),
            receipts=self.receipts,
            prices=self.money.prices,
            zone=zone(self.settings.time_zone),
            administrators=tuple(PersonId(one) for one in sorted(self.settings.admins)),
            refresh=Shelf(self.skills, understander, SystemClock()).refresh,
            router=self.router,
            curated=self.curation.desk,
            history=channel_history(self.settings, self.platforms.rates),
        )

    @cached_property
    def administration(self) -> Administration:
        """Slash commands."""
        return Administration(
            library=self.library,
            audiences=self.audiences,
            analyser=self.models.analyser,
            admissions=PostgresAdmissions(self.pool),
            status=PostgresStatus(
                self.pool,
                library=self.library,
                models=self.roster,
                embedding=self.models.embedder.model,
            ),
            audit=PostgresAuditLog(self.pool),
            doorbell=self.doorbell,
            more=(
                SkillCommands(
                    store=self.skills, means=lambda: self.means, ledger=self.money.ledger, audiences=self.audiences
                ).commands(),
                self.money.commands,
                self.model_commands.commands(),
                RouterCommands(
                    learned=self.router.learned, dial=PostgresRouterDial(self.pool), charts=self.money.charts
                ).commands(),
                *self.curation.commands(directory=self.directory, audiences=self.audiences, receipts=self.receipts),
            ),
        )

    @cached_property
    def money(self) -> Money:
        """What calls cost, and how much may be spent."""
        return Money(
            self.pool,
            entries=lambda: self.priced,
            reference=lambda: self.catalogue.reference,
            directory=self.directory,
        )

    @property
    def priced(self) -> Sequence[ModelEntry]:
        """The entries of now; the embedding model is the one of the start."""
        embedding = [one for one in self.models.entries if one.kind == "tei"]
        return [*(model.entry for model in self.roster.catalogue), *embedding]

    @cached_property
    def delivering(self) -> Delivering:
        """The ports that bring replies out."""
        return Delivering(
            outbox=self.outbox,
            posters=self.platforms.posters,
            gates=gates(self.threads, monotonic=SystemClock().monotonic),
            doorbell=self.doorbell,
            rates=self.platforms.rates,
            alarm=Alarm(self.doorbell),
            clock=SystemClock(),
        )

    @cached_property
    def answering(self) -> Answering:
        """The ports that settle events."""
        lease = PostgresConversationLease(self.pool)
        interruptions = PostgresInterruptions(database_url(self.settings))
        return Answering(
            inbox=self.inbox,
            turns=PostgresTurnStore(self.pool),
            guard=LeaseKeeper(lease, lease_seconds=LEASE_SECONDS, interruptions=interruptions),
            directory=self.directory,
            audiences=self.audiences,
            audit=PostgresAuditLog(self.pool),
            preview=self.platforms.preview,
            doorbell=self.doorbell,
            means=self.means,
            administration=self.administration,
            allowances=self.money.allowances,
            ledger=self.money.ledger,
            part=self.rollouts.part,
        )
