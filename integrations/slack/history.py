"""A channel's last day, by `conversations.history`."""

from collections.abc import Sequence
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.domain.conversation import Address, Platform
from bot.domain.errors import (
    DeliveryUncertain,
    PlatformRateLimited,
    PlatformUnauthorised,
    PlatformUnavailable,
    PostRejected,
)
from bot.ports.clock import Clock
from bot.ports.rate_limiter import RateLimiter
from integrations.slack import rates
from integrations.slack.client import WhoAmI, asking, error_word, slack_client
from integrations.slack.markup import plain_words

DAY_SECONDS = 86_400
MOST = 200
"""Messages; of a busier day the latest, for one page is all that is asked for."""


class SlackChannelHistory:
    """`ChannelHistory` of the channels that Maru is in. Threads are not opened: what counts is said again outside."""

    def __init__(
        self, *, bot_token: str, api_url: str, clock: Clock, limiter: RateLimiter, timeout_seconds: float = 5.0
    ) -> None:
        self._client = slack_client(token=bot_token, api_url=api_url, timeout_seconds=timeout_seconds)
        self._who_am_i = WhoAmI(self._client)
        self._clock = clock
        self._limiter = limiter

    def last_day(self, address: Address) -> Sequence[str] | None:
        """Return what people wrote in the last 24 hours; None elsewhere, or where Maru may not read."""
        if address.platform is not Platform.SLACK or address.direct:
            return None
        rate = (rates.method(address, "conversations.history"),)
        if pause := self._limiter.take(rate, waited=True):
            raise PlatformRateLimited("Slack's channels are read too often at once.", retry_after=pause)
        try:
            me = self._who_am_i()
            answer = asking("Reading a Slack channel", lambda: self._asked(address.channel))
        except PostRejected:  # not in it, not allowed to, or it is gone
            return None
        except PlatformUnauthorised as failure:
            if isinstance(failure.__cause__, SlackApiError) and error_word(failure.__cause__) == "missing_scope":
                return None
            raise
        except DeliveryUncertain as failure:
            raise PlatformUnavailable(str(failure)) from failure
        return [plain_words(one["text"]) for one in reversed(answer["messages"]) if _said(one, me.user, me.bot)]

    def _asked(self, channel: str) -> Any:
        oldest = f"{self._clock.now() - DAY_SECONDS:.6f}"
        return self._client.conversations_history(channel=channel, oldest=oldest, limit=MOST)


def _said(message: dict[str, Any], user: str, bot: str) -> bool:
    """Tell whether a person, or another program, wrote it: no notice of Slack's, and nothing to or from Maru."""
    text = message.get("text", "")
    own = message.get("user") == user or (bot and message.get("bot_id") == bot) or f"<@{user}>" in text
    return not own and bool(text.strip()) and message.get("subtype") in (None, "bot_message")
