"""Assembles the gateway: doors for the platforms whose secrets are set, the API, health and metrics."""

import random
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

from starlette.applications import Starlette
from starlette.routing import Route

from bot.application.intake import Threshold, take
from bot.application.shedding import RefusalShedding
from bot.domain.errors import DatabaseUnavailable
from bot.domain.events import Incoming
from bot.ensemble.roster import Roster
from bot.people.directory import HouseDirectory
from bot.ports.intake import Intake
from integrations.celery.app import celery_app
from integrations.celery.doorbell import CeleryDoorbell
from integrations.http.health import Health, Metrics
from integrations.http.openai_api import OpenAiApi
from integrations.postgres.concern import PostgresConcern
from integrations.postgres.feed import PostgresReplyFeed
from integrations.postgres.inbox import PostgresInbox
from integrations.postgres.leadership import PostgresLeadership
from integrations.postgres.library import PostgresLibrary
from integrations.postgres.outbox import PostgresOutbox
from integrations.postgres.people import PostgresAdmissions, PostgresAuditLog
from integrations.postgres.pool import Pool, open_pool
from integrations.postgres.status import PostgresStatus
from integrations.postgres.tally import PostgresTally, tallies
from integrations.slack.gateway import SlackHttpGateway
from integrations.slack.socket_mode import SlackSocketGateway
from integrations.telegram.buttons import releasing
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.poller import TelegramPoller
from integrations.telegram.webhook import TelegramWebhook
from workers.bootstrap.catalogue import LiveCatalogue
from workers.bootstrap.models import build_models
from workers.bootstrap.storage import broker_url, database_url
from workers.clock import SystemClock
from workers.lookout import Lookout
from workers.settings import Settings

POOL_SIZE = 16
"""Connections of one gateway: an event holds one for a millisecond, so more would only queue in Postgres."""


Count = Callable[[str], None]


@dataclass
class Doors:
    """What every door needs."""

    settings: Settings
    pool: Pool
    doorbell: CeleryDoorbell

    @cached_property
    def shedding(self) -> RefusalShedding:
        """Whom Slack's door does not hear for the moment."""
        return RefusalShedding(SystemClock())

    @property
    def intake(self) -> Intake:
        """The door of the house."""
        return self._intake(None)

    @property
    def slack_intake(self) -> Intake:
        """The same for Slack, which delivers again what was not acknowledged."""
        return self._intake(self.shedding)

    def _intake(self, shedding: RefusalShedding | None) -> Intake:
        directory = HouseDirectory(
            administrators=self.settings.admins,
            telegram_allowed=self.settings.telegram_allowed,
            admissions=PostgresAdmissions(self.pool),
            slack=None,  # the door asks no platform
        )
        threshold = Threshold(directory, PostgresAuditLog(self.pool))
        inbox = PostgresInbox(self.pool)
        return partial(take, inbox=inbox, doorbell=self.doorbell, threshold=threshold, shedding=shedding)

    @cached_property
    def metrics(self) -> Metrics:
        """What this process counts, and what the database knows of the others; for the process that serves HTTP."""
        models = build_models(self.settings)
        roster = Roster(models.chat)
        if self.settings.models_file is not None:
            catalogue = LiveCatalogue(self.settings, roster, started_with=models.entries, make=models.connect)
            Lookout({"models file": catalogue.look}).begin()
        status = PostgresStatus(
            self.pool, library=PostgresLibrary(self.pool), models=roster, embedding=models.embedder.model
        )
        return Metrics(status, elsewhere=partial(tallies, self.pool))


def open_doors(settings: Settings) -> Doors:
    """Connect to Postgres; the broker is reached when the first bell rings. Raises NotRunning."""
    pool = open_pool(database_url(settings), max_size=POOL_SIZE)
    return Doors(settings, pool, CeleryDoorbell(celery_app(broker_url(settings))))


def http_app(doors: Doors) -> Starlette:
    """Return the ASGI application with a route for each door whose secret is set."""
    metrics = doors.metrics
    health = Health(database=PostgresInbox(doors.pool).trouble, broker=doors.doorbell.trouble)
    routes = [
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz),
        Route("/metrics", metrics.endpoint),
        *_slack_routes(doors, metrics),
        *_telegram_routes(doors, metrics),
        *_api_routes(doors),
    ]
    return Starlette(routes=routes)


def socket_mode(doors: Doors) -> SlackSocketGateway | None:
    """Return Slack's Socket Mode door, not started, if its token is set."""
    settings = doors.settings
    if not (settings.slack_app_token and settings.slack_bot_token):
        return None
    return SlackSocketGateway(
        app_token=settings.slack_app_token.get_secret_value(),
        bot_token=settings.slack_bot_token.get_secret_value(),
        api_url=settings.slack_api_url,
        intake=doors.slack_intake,
        count=doors.metrics.counter("slack"),
    )


def telegram_tally(doors: Doors) -> PostgresTally:
    """Return what counts for a process that polls Telegram and serves no HTTP; the gateway's /metrics shows it."""
    return PostgresTally(doors.pool, "telegram")


def telegram_concern(doors: Doors) -> PostgresConcern:
    """Return where the poller, which shows nobody anything, says what is wrong."""
    return PostgresConcern(doors.pool, f"telegram on {socket.gethostname()}")


def telegram_poller(doors: Doors, *, count: Count) -> TelegramPoller | None:
    """Return the long poller, not started, if a token and no webhook secret is set."""
    settings = doors.settings
    if settings.telegram_bot_token is None or settings.telegram_webhook_secret is not None:
        return None
    token = settings.telegram_bot_token.get_secret_value()
    bot, _, _ = token.partition(":")
    return TelegramPoller(
        token,
        api_url=settings.telegram_api_url,
        intake=counting(doors.intake, count),
        count=count,
        clock=SystemClock(),
        leadership=PostgresLeadership(database_url(settings), f"telegram:{bot}"),
        jitter=lambda: random.uniform(0.8, 1.2),
        conversation_of=PostgresOutbox(doors.pool).conversation_of,
    )


def counting(intake: Intake, count: Count) -> Intake:
    """Return an intake that counts what became of each event, in the words of the Slack gateway."""

    def keep(event: Incoming) -> bool:
        try:
            new = intake(event)
        except DatabaseUnavailable:
            count("database_unavailable")
            raise
        count("kept" if new else "duplicate")
        return new

    return keep


def _slack_routes(doors: Doors, metrics: Metrics) -> list[Route]:
    settings = doors.settings
    if not (settings.slack_bot_token and settings.slack_signing_secret):
        return []
    gateway = SlackHttpGateway(
        bot_token=settings.slack_bot_token.get_secret_value(),
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        api_url=settings.slack_api_url,
        intake=doors.slack_intake,
        count=metrics.counter("slack"),
        shedding=doors.shedding,
    )
    return [Route("/slack/events", gateway.endpoint, methods=["POST"])]


def _telegram_routes(doors: Doors, metrics: Metrics) -> list[Route]:
    settings = doors.settings
    if not (settings.telegram_bot_token and settings.telegram_webhook_secret):
        return []
    loop = TelegramLoop(settings.telegram_bot_token.get_secret_value(), api_url=settings.telegram_api_url)
    count = metrics.counter("telegram")
    webhook = TelegramWebhook(
        settings.telegram_webhook_secret.get_secret_value(),
        intake=counting(doors.intake, count),
        count=count,
        identity=loop.identity,
        conversation_of=PostgresOutbox(doors.pool).conversation_of,
        released=releasing(loop),
    )
    return [Route("/telegram/webhook", webhook.receive, methods=["POST"])]


def _api_routes(doors: Doors) -> list[Route]:
    keys = [key.get_secret_value() for key in doors.settings.api_keys]
    if not keys:
        return []
    feed = PostgresReplyFeed(database_url(doors.settings))
    api = OpenAiApi(keys, intake=doors.intake, feed=feed, clock=SystemClock())
    return [Route("/v1/chat/completions", api.endpoint, methods=["POST"]), Route("/v1/models", api.models)]
