"""The Slack Web API client as Maru uses it, and what its failures mean to Maru."""

import errno
import http.client
import logging
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.domain.errors import (
    DeliveryUncertain,
    FormattingRejected,
    MaruError,
    PlatformRateLimited,
    PlatformUnavailable,
    PostRejected,
)

_T = TypeVar("_T")

# The SDK logs requests whole, and failures that Maru translates and reports itself.
_sdk_log = logging.getLogger("integrations.slack.sdk")
_sdk_log.setLevel(logging.CRITICAL)

_DEFAULT_PAUSE = 30.0  # seconds; when a 429 comes without a readable Retry-After

_TOKEN = "Slack refuses Maru's token: check MARU_SLACK_BOT_TOKEN and restart."
_SERVER = "Slack says that it could not serve the request."

# What Slack's words for a refusal mean. Words that are not here are refusals for good (PostRejected).
_MEANING: dict[str, type[MaruError]] = {
    "invalid_auth": PlatformUnavailable,
    "not_authed": PlatformUnavailable,
    "token_expired": PlatformUnavailable,
    "request_timeout": PlatformUnavailable,
    "service_unavailable": PlatformUnavailable,
    "team_added_to_org": PlatformUnavailable,
    "ratelimited": PlatformRateLimited,
    "rate_limited": PlatformRateLimited,
    "message_limit_exceeded": PlatformRateLimited,
    # Slack documents both with "some aspect of the operation may have succeeded"
    "fatal_error": DeliveryUncertain,
    "internal_error": DeliveryUncertain,
    "invalid_blocks": FormattingRejected,
    "invalid_blocks_format": FormattingRejected,
    "msg_blocks_too_long": FormattingRejected,
    "markdown_text_conflict": FormattingRejected,
}

# HTTP statuses that speak before any word of Slack's does. A gateway's 502 or 504 does not say what happened behind it.
_STATUS: dict[int, type[MaruError]] = {
    429: PlatformRateLimited,
    500: PlatformUnavailable,
    502: DeliveryUncertain,
    503: PlatformUnavailable,
    504: DeliveryUncertain,
}

_CURES: dict[str, str] = {
    "invalid_auth": _TOKEN,
    "not_authed": _TOKEN,
    "token_expired": _TOKEN,
    "missing_scope": "The Slack app lacks a permission: update it from Maru's manifest.yaml and reinstall it.",
    "not_in_channel": "Maru is not in that channel: invite it.",
    "channel_not_found": "Maru cannot see that channel: it was removed, or the channel is gone.",
    "is_archived": "That channel is archived.",
    "account_inactive": "The Slack app was uninstalled.",
    "token_revoked": "The Slack app was uninstalled.",
}

# Before there was a connection to send through. (A URLError's time limit is that of connecting: the request itself is
# too small to wait in sending, and waiting for the answer ends in a bare TimeoutError.)
_NEVER_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError, TimeoutError)
_NO_ROUTE = frozenset({errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH})


def slack_client(*, token: str | None, api_url: str, timeout_seconds: float) -> WebClient:
    """Return a client that sends each request once and waits `timeout_seconds` for each step of it.

    The SDK's own retries are off (they post twice after a lost connection), and so is its reading of proxy variables,
    which ignores NO_PROXY; the standard library below it still honours both.
    """
    client = WebClient(
        token=token,
        base_url=api_url,
        timeout=timeout_seconds,  # type: ignore[arg-type]  # urllib below takes fractions
        retry_handlers=[],
        logger=_sdk_log,
    )
    client.proxy = None
    return client


def asking(what: str, call: Callable[[], _T]) -> _T:
    """Return what `call` returns; raise a MaruError, worded with `what`, for whatever Slack or the network did."""
    try:
        return call()
    except SlackApiError as failure:
        raise meaning_of(what, failure) from failure
    except URLError as failure:
        if isinstance(failure.reason, _NEVER_SENT) or getattr(failure.reason, "errno", None) in _NO_ROUTE:
            raise PlatformUnavailable(f"{what}: Slack cannot be reached ({failure.reason}).") from failure
        raise DeliveryUncertain(f"{what}: the connection to Slack broke ({failure.reason}).") from failure
    except (OSError, http.client.HTTPException, UnicodeDecodeError) as failure:
        raise DeliveryUncertain(f"{what}: no answer came from Slack ({type(failure).__name__}).") from failure


def meaning_of(what: str, failure: SlackApiError) -> MaruError:
    """Translate a refusal by the tables above."""
    word, status = error_word(failure), int(getattr(failure.response, "status_code", 200))
    meaning = _STATUS.get(status) or _MEANING.get(word, PostRejected if word else DeliveryUncertain)
    message = f"{what}: {_CURES.get(word, _SERVER if status >= 500 else 'Slack refused it.')} ({word or status})"
    if meaning is PlatformRateLimited:
        return PlatformRateLimited(message, retry_after=_pause(failure))
    return meaning(message)


def error_word(failure: SlackApiError) -> str:
    """Return Slack's word for the refusal; empty if what came back was not Slack's JSON."""
    word = failure.response.get("error") if hasattr(failure.response, "get") else None
    return word if isinstance(word, str) and re.fullmatch(r"[a-z0-9_]+", word) else ""


def _pause(failure: SlackApiError) -> float:
    """Read Retry-After, in seconds."""
    said = str(getattr(failure.response, "headers", {}).get("Retry-After", ""))
    return float(said) if said.isascii() and said.isdigit() else _DEFAULT_PAUSE


@dataclass(frozen=True, slots=True)
class Identity:
    """Who Maru is in Slack."""

    team: str
    user: str
    bot: str


class WhoAmI:
    """Maru's own identity, asked of Slack once (`auth.test`) and kept. Thread-safe."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._lock = Lock()
        self._identity: Identity | None = None

    def __call__(self) -> Identity:
        """Return the identity. Raises PlatformUnavailable, DeliveryUncertain, PlatformRateLimited, PostRejected."""
        with self._lock:
            if self._identity is None:
                answer: Any = asking("Asking Slack who Maru is", self._client.auth_test)
                self._identity = Identity(
                    team=str(answer["team_id"]), user=str(answer["user_id"]), bot=str(answer.get("bot_id") or "")
                )
            return self._identity
