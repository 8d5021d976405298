"""Assembles who reads along."""

from bot.domain.conversation import Platform
from bot.people.audience import HouseAudiences
from bot.ports.rate_limiter import RateLimiter
from bot.ports.rooms import Rooms
from integrations.postgres.library import PostgresLibrary
from integrations.postgres.people import PostgresAdmissions
from integrations.postgres.pool import Pool
from integrations.slack.directory import SlackUsers
from integrations.slack.rooms import SlackRooms
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.rooms import TelegramRooms
from workers.clock import SystemClock
from workers.settings import Settings


def slack_users(settings: Settings, rates: RateLimiter) -> SlackUsers | None:
    """Return what tells full members from guests; None where Slack is not connected."""
    token = settings.slack_bot_token
    if not token:
        return None
    return SlackUsers(
        bot_token=token.get_secret_value(), api_url=settings.slack_api_url, clock=SystemClock(), limiter=rates
    )


def rooms(
    settings: Settings, rates: RateLimiter, *, users: SlackUsers | None, telegram: TelegramLoop | None
) -> dict[Platform, Rooms]:
    """Return whom to ask about channels and groups, of the platforms that are connected."""
    found: dict[Platform, Rooms] = {}
    if settings.slack_bot_token and users:
        found[Platform.SLACK] = SlackRooms(
            bot_token=settings.slack_bot_token.get_secret_value(),
            api_url=settings.slack_api_url,
            clock=SystemClock(),
            users=users,
            limiter=rates,
        )
    if telegram:
        found[Platform.TELEGRAM] = TelegramRooms(telegram, monotonic=SystemClock().monotonic)
    return found


def audiences(
    settings: Settings, pool: Pool, *, users: SlackUsers | None = None, asked: dict[Platform, Rooms] | None = None
) -> HouseAudiences:
    """Return the judge of who may read what; a shell asks no platform."""
    return HouseAudiences(
        administrators=settings.admins,
        telegram_allowed=settings.telegram_allowed,
        admissions=PostgresAdmissions(pool),
        slack=users,
        rooms=asked or {},
        known=PostgresLibrary(pool).spaces,
        monotonic=SystemClock().monotonic,
    )
