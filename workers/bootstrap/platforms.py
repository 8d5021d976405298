"""Assembles the ways to the people: what posts, what shows signs of life, and how often they may be called."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.domain.conversation import Platform
from bot.ports.chat_poster import ChatPoster
from bot.ports.rate_limiter import RateLimiter
from bot.ports.reply_preview import ReplyPreview
from integrations.console.poster import FeedPoster
from integrations.memory.rates import InMemoryRateLimiter
from integrations.postgres.pool import Pool
from integrations.postgres.preview import FeedPreview
from integrations.postgres.traces import PostgresTraceBook
from integrations.redis.rates import RedisRateLimiter
from integrations.slack.directory import SlackUsers
from integrations.slack.poster import SlackPoster
from integrations.slack.preview import SlackPreview
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.poster import TelegramPoster
from integrations.telegram.preview import TelegramPreview
from workers.bootstrap import audience
from workers.bootstrap.previews import PreviewByPlatform
from workers.bootstrap.storage import broker_url
from workers.clock import SystemClock
from workers.settings import Settings


@dataclass
class Platforms:
    """One process's ways, for the platforms whose tokens are set."""

    settings: Settings
    pool: Pool

    @cached_property
    def telegram(self) -> TelegramLoop | None:
        """The one Telegram client of the process."""
        token = self.settings.telegram_bot_token
        return TelegramLoop(token.get_secret_value(), api_url=self.settings.telegram_api_url) if token else None

    @cached_property
    def rates(self) -> RateLimiter:
        """How often the platforms may be called: counted in Redis, or by this process alone where that is no broker."""
        factor = self.settings.rate_factor
        alone = InMemoryRateLimiter(SystemClock(), factor=factor)
        url = broker_url(self.settings)
        if not url.startswith(("redis://", "rediss://")):
            return alone
        return RedisRateLimiter(url, alone=alone, factor=factor)

    @cached_property
    def posters(self) -> Mapping[Platform, ChatPoster]:
        """The ways out, for the platforms whose tokens are set."""
        posters: dict[Platform, ChatPoster] = {Platform.CONSOLE: FeedPoster(), Platform.API: FeedPoster()}
        if self.settings.slack_bot_token:
            posters[Platform.SLACK] = SlackPoster(
                bot_token=self.settings.slack_bot_token.get_secret_value(), api_url=self.settings.slack_api_url
            )
        if self.telegram:
            posters[Platform.TELEGRAM] = TelegramPoster(self.telegram, traces=PostgresTraceBook(self.pool))
        return posters

    @cached_property
    def preview(self) -> ReplyPreview:
        """Signs of life, for the platforms whose tokens are set."""
        feed = FeedPreview(self.pool)
        previews: dict[Platform, ReplyPreview] = {Platform.CONSOLE: feed, Platform.API: feed}
        if self.settings.slack_bot_token:
            previews[Platform.SLACK] = SlackPreview(
                bot_token=self.settings.slack_bot_token.get_secret_value(),
                api_url=self.settings.slack_api_url,
                limiter=self.rates,
            )
        if self.telegram:
            previews[Platform.TELEGRAM] = TelegramPreview(self.telegram, limiter=self.rates)
        return PreviewByPlatform(previews)

    @cached_property
    def slack_users(self) -> SlackUsers | None:
        """Who is a full member of the Slack workspace."""
        return audience.slack_users(self.settings, self.rates)
