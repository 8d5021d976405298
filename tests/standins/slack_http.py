"""The HTTP side of the Slack stand-in: arguments in, answers or arranged failures out, and the way to a WebSocket."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from tests.standins.loopback import Exchange
from tests.standins.slack_methods import Refused
from tests.standins.slack_socket import SocketLink, accept_key


@dataclass(frozen=True)
class Failure:
    """What happens instead of an answer. `error`: ok false with this word; `drop`: apply, then cut the connection."""

    error: str = ""
    status: int = 200
    retry_after: int | None = None
    drop: bool = False
    until: Event | None = None  # applied, and answered once this is set
    html: bool = False


class Slack(Protocol):
    """What the server asks of the workspace behind it."""

    calls: Any
    scopes: tuple[str, ...]
    socket: SocketLink

    def call(self, method: str, arguments: dict[str, Any], *, token: str, as_json: bool) -> dict[str, Any]: ...

    def respond(self, path: str, body: dict[str, Any]) -> None: ...

    def upload(self, path: str, body: bytes) -> None: ...

    def next_failure(self, method: str) -> Failure | None: ...


async def serve(exchange: Exchange, slack: Slack) -> None:
    """Answer one request."""
    url = urlsplit(exchange.path)
    if url.path.startswith("/link/"):
        _upgrade(exchange, slack)
    elif url.path.startswith("/commands/"):
        await _through(exchange, slack, "response_url", lambda: slack.respond(url.path, json.loads(exchange.body)))
    elif url.path.startswith("/upload/"):
        await _through(exchange, slack, "upload", lambda: slack.upload(url.path, exchange.body))
    else:
        method = url.path.removeprefix("/api/")
        await _through(exchange, slack, method, lambda: _call(exchange, slack, method, url.query))


async def _through(exchange: Exchange, slack: Slack, method: str, apply: Callable[[], dict[str, Any] | None]) -> None:
    """Answer, or fail as arranged: before applying, except for a dropped connection and a held answer."""
    failure = slack.next_failure(method) or Failure()
    if failure.error or failure.status != 200 or failure.html:
        slack.calls[method] += 1
        return _fail(exchange, failure)
    try:
        answer = apply()
        body, status = json.dumps(answer) if answer is not None else "ok", 200
    except Refused as refusal:
        body, status = (
            json.dumps({"ok": False, "error": str(refusal)}),
            404 if method in ("response_url", "upload") else 200,
        )
    if failure.drop:
        return None  # an exchange that nobody finished is cut
    if failure.until is not None:
        await asyncio.to_thread(failure.until.wait, 10)
    scopes = f"\r\nx-oauth-scopes: {','.join(slack.scopes)}" if slack.scopes else ""
    return exchange.reply(status, body.encode(), f"application/json{scopes}")


def _fail(exchange: Exchange, failure: Failure) -> None:
    if failure.html:
        return exchange.reply(failure.status, b"<!doctype html><title>Sign in</title>", "text/html")
    body = json.dumps({"ok": False, "error": failure.error or "internal_error"})
    later = "" if failure.retry_after is None else f"\r\nretry-after: {failure.retry_after}"
    return exchange.reply(failure.status, body.encode(), f"application/json{later}")


def _call(exchange: Exchange, slack: Slack, method: str, query: str) -> dict[str, Any]:
    as_json = exchange.headers.get("content-type", "").startswith("application/json")
    raw = exchange.body.decode()
    arguments = json.loads(raw) if as_json and raw else {} if as_json else dict(parse_qsl(f"{query}&{raw}"))
    token = exchange.headers.get("authorization", "").removeprefix("Bearer ") or str(arguments.pop("token", ""))
    return slack.call(method, arguments, token=token, as_json=as_json)


def _upgrade(exchange: Exchange, slack: Slack) -> None:
    connection = exchange.detach()
    key = accept_key(exchange.headers["sec-websocket-key"])
    head = (
        f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {key}"
    )
    connection.sendall(f"{head}\r\n\r\n".encode())

    def speak() -> None:
        with connection, connection.makefile("rb") as reader:
            slack.socket.serve(connection, reader)

    Thread(target=speak, daemon=True).start()
