"""What each of Telegram's failures means for a post: the policy table, and the errors that its rows become.

Order matters: BadRequest and TimedOut are NetworkErrors to the library, and only some NetworkErrors were sent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

import httpx
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.domain.errors import (
    DeliveryUncertain,
    MaruError,
    PlatformRateLimited,
    PlatformUnauthorised,
    PlatformUnavailable,
    PostRejected,
)
from integrations.telegram.client import scrubbed

NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.InvalidURL,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Policy(Enum):
    """What to do about a failure."""

    RETRY = "not taken; try again, later and later"
    PAUSE = "not taken; try again after as long as Telegram says, and let nobody write there before"
    DOUBT = "perhaps taken: look for it if its keyboard is a key to it; where it is not found, repeat it once"
    PLAIN = "send the same words without formatting"
    SPLIT = "send it in pieces"
    MIGRATE = "send it to the supergroup that the group became, and whatever follows as well"
    REAUTHORISE = "keep it, and try again every minute: a person can mend the token"
    STOP = "bury it with the reason: this chat takes no post of Maru's. Unknown refusals, too"


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


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the library's class, a pattern in Telegram's description, and what to do."""

    kind: type[TelegramError]
    description: str
    policy: Policy


POLICY: Sequence[Row] = (
    Row(RetryAfter, "", Policy.PAUSE),
    Row(ChatMigrated, "", Policy.MIGRATE),
    Row(InvalidToken, "", Policy.REAUTHORISE),  # 401, and any 404
    Row(Forbidden, "", Policy.STOP),  # blocked, kicked, not a member, deactivated, never started
    Row(BadRequest, r"can't parse entities", Policy.PLAIN),
    Row(BadRequest, r"(message|text) is too long", Policy.SPLIT),
    Row(BadRequest, r"topic[_ ](closed|deleted)|message thread not found", Policy.STOP),
    Row(BadRequest, r"chat not found|not enough rights|have no rights|chat_write_forbidden", Policy.STOP),
    Row(BadRequest, "", Policy.STOP),
)
"""The first row that fits. What no row knows is RETRY where Telegram surely did not take it, else DOUBT."""


def policy_of(error: BaseException) -> Policy:
    """Return what to do about a failure of Telegram or of the way to it."""
    for row in POLICY:
        if isinstance(error, row.kind) and re.search(row.description, str(error), re.IGNORECASE):
            return row.policy
    return Policy.RETRY if not_taken(error) else Policy.DOUBT


def translated(error: BaseException, *, token: str, sending: bool = True) -> MaruError:
    """Return our error for Telegram's. sending: a post was on its way, so an open end is uncertain, not a failure."""
    words, policy = scrubbed(error, token), policy_of(error)
    if isinstance(error, RetryAfter):
        pause = pause_of(error)
        return PlatformRateLimited(SLOW_DOWN.format(pause=pause), retry_after=pause)
    if policy is Policy.REAUTHORISE:
        return PlatformUnauthorised(REFUSED_TOKEN)
    if policy is Policy.DOUBT and sending:
        return DeliveryUncertain(UNSURE.format(words=words))
    if policy in (Policy.RETRY, Policy.DOUBT):
        return PlatformUnavailable(DOWN.format(words=words))
    return PostRejected(REFUSED.format(words=words))  # a second time too long, unformatted or moved: no cure helped


def not_taken(error: BaseException) -> bool:
    """Tell whether Telegram surely did not take the request: it was never sent, or answered with a 5xx."""
    answered = isinstance(error, NetworkError) and (error.__cause__ is None or _unreadable(error.__cause__))
    return answered or isinstance(error.__cause__, NEVER_SENT)


def left_no_trace(error: BaseException) -> bool:
    """Tell whether an edit surely changed nothing: Telegram refused it in words, or it was never sent."""
    return isinstance(error, (RetryAfter, Forbidden, InvalidToken)) or isinstance(error.__cause__, NEVER_SENT)


def pause_of(error: RetryAfter) -> float:
    """Return the seconds that Telegram asks us to wait; the library changes the attribute's type one day."""
    pause = error.retry_after
    return pause.total_seconds() if isinstance(pause, timedelta) else float(pause)


def _unreadable(cause: BaseException) -> bool:
    """Tell an error answer whose body is no JSON (a gateway's page) from a broken connection."""
    return isinstance(cause, TelegramError)
