"""The python-telegram-bot client, made so that the token stays inside."""

import logging
import warnings
from collections.abc import Sequence
from typing import Any

from telegram import Bot
from telegram.error import TelegramError
from telegram.request import HTTPXRequest
from telegram.warnings import PTBDeprecationWarning

CONNECT_SECONDS = 5.0
SEND_SECONDS = 30.0  # the library's 5 s turn a slow success into "perhaps posted"
POOL_SECONDS = 5.0
CONNECTIONS = 64

HIDDEN = "<token>"


class TelegramClient(Bot):
    """A bot that can fetch updates without interpreting them, and does not print its token."""

    def __repr__(self) -> str:
        return "TelegramClient()"

    async def raw_updates(
        self, *, offset: int | None, allowed: Sequence[str], seconds: int, margin_seconds: float
    ) -> list[Any]:
        """Wait up to `seconds` for updates at or after `offset`, which confirms all before it; return them as JSON.

        The library's own get_updates builds all updates at once, so one that it cannot read would fail the batch
        again and again. Raises TelegramError.
        """
        data = {"offset": offset, "timeout": seconds, "allowed_updates": list(allowed)}
        try:
            updates = await self._post("getUpdates", data, read_timeout=seconds + margin_seconds)
        except (KeyError, TypeError) as error:
            raise TelegramError("the answer to getUpdates holds no result") from error
        if not isinstance(updates, list):
            raise TelegramError("the answer to getUpdates holds no list")
        return updates

    async def close_connections(self) -> None:
        """Close both pools. The library's shutdown does nothing before a successful initialize."""
        for request in self._request:
            await request.shutdown()


def connect(token: str, *, api_url: str, proxy: str | None = None) -> TelegramClient:
    """Make a client; nothing is sent yet. Proxies come from the caller, never from the environment."""
    _quieten()
    return TelegramClient(
        token,
        base_url=f"{api_url.rstrip('/')}/bot",
        base_file_url=f"{api_url.rstrip('/')}/file/bot",
        request=_request(proxy, connections=CONNECTIONS),
        get_updates_request=_request(proxy, connections=1),
    )


def scrubbed(error: BaseException, token: str) -> str:
    """Return the error's words without the token."""
    words = str(error)
    for secret in _secrets(token):
        words = words.replace(secret, HIDDEN)
    return words or type(error).__name__


def safe_cause(error: BaseException, token: str) -> BaseException | None:
    """Return the error to chain with `from`, or None if anything in its own chain shows the token."""
    link: BaseException | None = error
    while link is not None:
        if any(secret in f"{link} {link!r}" for secret in _secrets(token)):
            return None
        link = link.__cause__ or link.__context__
    return error


def _secrets(token: str) -> tuple[str, ...]:
    """Return what must not be shown: the token, and its half behind the bot id, which a URL parser may quote alone."""
    return tuple(secret for secret in (token, token.partition(":")[2]) if secret)


def _request(proxy: str | None, *, connections: int) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=SEND_SECONDS,
        write_timeout=SEND_SECONDS,
        pool_timeout=POOL_SECONDS,
        proxy=proxy,
        httpx_kwargs={"trust_env": False},
    )


def _quieten() -> None:
    """Keep the libraries from logging URLs, which hold the token, and people's words; and from warning of their future.

    httpx does so at INFO, python-telegram-bot at DEBUG.
    """
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*retry_after.*timedelta", category=PTBDeprecationWarning)
