"""What each of Telegram's failures means for a post: the policy table. Order matters: BadRequest and TimedOut are
NetworkErrors to the library, and only some NetworkErrors were sent."""

from datetime import timedelta

import httpx
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.domain.errors import DeliveryUncertain, MaruError, PlatformRateLimited, PlatformUnavailable, PostRejected
from integrations.telegram.client import scrubbed

NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.InvalidURL,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

REFUSED_TOKEN = (
    "Telegram refuses the bot token. Nothing is lost: replies are kept and tried again. "
    "Put the token that BotFather shows into MARU_TELEGRAM_BOT_TOKEN (and check MARU_TELEGRAM_API_URL)."
)
DOWN = "Telegram does not answer or answers with an error ({words}). The reply is kept and will be tried again."
UNSURE = "Telegram was sent the reply but did not confirm it ({words}), so it may already be in the chat. It is kept."
REFUSED = (
    "Telegram refuses the reply for good ({words}). It stays in the outbox, unposted: "
    "check that the bot is still in the chat, may write there, and is not blocked."
)
SLOW_DOWN = "Telegram asks for a pause of {pause:g} s. The reply is kept and will be tried again after it."


def translated(error: BaseException, *, token: str, sending: bool = True) -> MaruError:
    """Return our error for Telegram's. sending: a post was on its way, so an open end is uncertain, not a failure."""
    words = scrubbed(error, token)
    if isinstance(error, RetryAfter):
        pause = pause_of(error)
        return PlatformRateLimited(SLOW_DOWN.format(pause=pause), retry_after=pause)
    if isinstance(error, InvalidToken):
        return PlatformUnavailable(REFUSED_TOKEN)
    if isinstance(error, Forbidden | BadRequest | ChatMigrated):
        return PostRejected(REFUSED.format(words=words))
    if not sending or not_taken(error):
        return PlatformUnavailable(DOWN.format(words=words))
    return DeliveryUncertain(UNSURE.format(words=words))


def not_taken(error: BaseException) -> bool:
    """Tell whether Telegram surely did not take the request: it was never sent, or answered with a 5xx."""
    answered = isinstance(error, NetworkError) and (error.__cause__ is None or _unreadable(error.__cause__))
    return answered or isinstance(error.__cause__, NEVER_SENT)


def refused_formatting(error: BaseException) -> bool:
    """Tell whether only the formatting was refused, so that the same words may pass as plain text."""
    return isinstance(error, BadRequest) and "parse entities" in str(error).lower()


def pause_of(error: RetryAfter) -> float:
    """Return the seconds that Telegram asks us to wait; the library changes the attribute's type one day."""
    pause = error.retry_after
    return pause.total_seconds() if isinstance(pause, timedelta) else float(pause)


def _unreadable(cause: BaseException) -> bool:
    """Tell an error answer whose body is no JSON (a gateway's page) from a broken connection."""
    return isinstance(cause, TelegramError)
