"""The Slack Web API client as Maru uses it, and what its failures mean to Maru."""

import errno
import http.client
import logging
import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.domain.errors import DeliveryUncertain, MaruError, PlatformUnavailable
from integrations.slack.refusals import row_for
from integrations.slack.shared import Shared

_T = TypeVar("_T")

# The SDK logs requests whole, and failures that Maru translates and reports itself.
_sdk_log = logging.getLogger("integrations.slack.sdk")
_sdk_log.setLevel(logging.CRITICAL)

_DEFAULT_PAUSE = 30.0  # seconds; when a 429 comes without a readable Retry-After

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
    """Translate a refusal by the policy table."""
    word, status = error_word(failure), int(getattr(failure.response, "status_code", 200))
    row = row_for(word, status=status)
    return row.policy.error(f"{what}: {row.words} ({word or status})", pause=_pause(failure))


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
        self._asked: Shared[Identity] = Shared()
        self._identity: Identity | None = None

    def __call__(self) -> Identity:
        """Return the identity. Raises PlatformUnavailable, DeliveryUncertain, PlatformRateLimited, PostRejected."""
        if self._identity is None:
            self._identity = self._asked.ask("me", self._ask)
        return self._identity

    def _ask(self) -> Identity:
        answer: Any = asking("Asking Slack who Maru is", self._client.auth_test)
        return Identity(team=str(answer["team_id"]), user=str(answer["user_id"]), bot=str(answer.get("bot_id") or ""))
