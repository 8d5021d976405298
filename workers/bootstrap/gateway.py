"""Assembles the gateway: doors for the platforms whose secrets are set, the API, health and metrics."""

import random
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette
from starlette.routing import Route

from bot.application.intake import take
from bot.ports.intake import Intake
from integrations.celery.app import celery_app
from integrations.celery.doorbell import CeleryDoorbell
from integrations.http.health import Health, Metrics
from integrations.http.openai_api import OpenAiApi
from integrations.postgres.feed import PostgresReplyFeed
from integrations.postgres.inbox import PostgresInbox
from integrations.postgres.library import PostgresLibrary
from integrations.postgres.outbox import PostgresOutbox
from integrations.postgres.pool import Pool, open_pool, trouble
from integrations.postgres.status import PostgresStatus
from integrations.slack.gateway import SlackHttpGateway
from integrations.slack.socket_mode import SlackSocketGateway
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.poller import TelegramPoller
from integrations.telegram.webhook import TelegramWebhook
from workers.bootstrap.models import build_models
from workers.bootstrap.storage import broker_url, database_url
from workers.clock import SystemClock
from workers.settings import Settings

POOL_SIZE = 16
"""Connections of one gateway: an event holds one for a millisecond, so more would only queue in Postgres."""


@dataclass
class Doors:
    """What every door needs."""

    settings: Settings
    pool: Pool
    doorbell: CeleryDoorbell

    @property
    def intake(self) -> Intake:
        """The door of the house."""
        return partial(take, inbox=PostgresInbox(self.pool), doorbell=self.doorbell)


def open_doors(settings: Settings) -> Doors:
    """Connect to Postgres; the broker is reached when the first bell rings. Raises NotRunning."""
    pool = open_pool(database_url(settings), max_size=POOL_SIZE)
    return Doors(settings, pool, CeleryDoorbell(celery_app(broker_url(settings))))


def http_app(doors: Doors) -> Starlette:
    """Return the ASGI application with a route for each door whose secret is set."""
    settings = doors.settings
    models = build_models(settings).chat
    metrics = Metrics(PostgresStatus(doors.pool, library=PostgresLibrary(doors.pool), models=models))
    health = Health(database=partial(trouble, doors.pool), broker=doors.doorbell.trouble)
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
        intake=doors.intake,
    )


def telegram_poller(doors: Doors) -> TelegramPoller | None:
    """Return the long poller, not started, if a token and no webhook secret is set."""
    settings = doors.settings
    if settings.telegram_bot_token is None or settings.telegram_webhook_secret is not None:
        return None
    return TelegramPoller(
        settings.telegram_bot_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        intake=doors.intake,
        count=lambda _reason: None,
        clock=SystemClock(),
        jitter=lambda: random.uniform(0.8, 1.2),
        conversation_of=PostgresOutbox(doors.pool).conversation_of,
    )


def _slack_routes(doors: Doors, metrics: Metrics) -> list[Route]:
    settings = doors.settings
    if not (settings.slack_bot_token and settings.slack_signing_secret):
        return []
    gateway = SlackHttpGateway(
        bot_token=settings.slack_bot_token.get_secret_value(),
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        api_url=settings.slack_api_url,
        intake=doors.intake,
        count=metrics.counter("slack"),
    )
    return [Route("/slack/events", gateway.endpoint, methods=["POST"])]


def _telegram_routes(doors: Doors, metrics: Metrics) -> list[Route]:
    settings = doors.settings
    if not (settings.telegram_bot_token and settings.telegram_webhook_secret):
        return []
    loop = TelegramLoop(settings.telegram_bot_token.get_secret_value(), api_url=settings.telegram_api_url)
    webhook = TelegramWebhook(
        settings.telegram_webhook_secret.get_secret_value(),
        intake=doors.intake,
        count=metrics.counter("telegram"),
        identity=loop.identity,
        conversation_of=PostgresOutbox(doors.pool).conversation_of,
    )
    return [Route("/telegram/webhook", webhook.receive, methods=["POST"])]


def _api_routes(doors: Doors) -> list[Route]:
    keys = [key.get_secret_value() for key in doors.settings.api_keys]
    if not keys:
        return []
    feed = PostgresReplyFeed(database_url(doors.settings))
    api = OpenAiApi(keys, intake=doors.intake, feed=feed, clock=SystemClock())
    return [Route("/v1/chat/completions", api.endpoint, methods=["POST"]), Route("/v1/models", api.models)]
