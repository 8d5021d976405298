"""Which channels' days can be read: Slack's, where its token is set."""

from bot.dialogue.means import UNREAD
from bot.ports.channel_history import ChannelHistory
from bot.ports.rate_limiter import RateLimiter
from integrations.slack.history import SlackChannelHistory
from workers.clock import SystemClock
from workers.settings import Settings


def channel_history(settings: Settings, limiter: RateLimiter) -> ChannelHistory:
    """Return what reads them."""
    if settings.slack_bot_token is None:
        return UNREAD
    token, url = settings.slack_bot_token.get_secret_value(), settings.slack_api_url
    return SlackChannelHistory(bot_token=token, api_url=url, clock=SystemClock(), limiter=limiter)
