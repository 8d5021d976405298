"""The loopback server under the Slack stand-in: bare sockets, so that it can cut a connection or upgrade it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

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


class Dropped(Exception):
    """Cut the connection without an answer."""


class Slack(Protocol):
    """What the server asks of the workspace behind it."""

    calls: Any
    socket: SocketLink

    def call(self, method: str, arguments: dict[str, Any], *, token: str, as_json: bool) -> dict[str, Any]: ...

    def respond(self, path: str, body: dict[str, Any]) -> None: ...

    def next_failure(self, method: str) -> Failure | None: ...


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    slack: Slack

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a client that went away, or a connection that a test had cut."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        if self.path.startswith("/link/"):
            self._upgrade()
        else:
            self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        url = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        try:
            if url.path.startswith("/commands/"):
                self._through("response_url", lambda: self.server.slack.respond(url.path, json.loads(raw)))
            else:
                self._through(
                    url.path.removeprefix("/api/"), lambda: self._call(url.path.removeprefix("/api/"), url.query, raw)
                )
        except Dropped:
            self.close_connection = True

    def _through(self, method: str, apply: Any) -> None:
        """Answer, or fail as arranged: before applying, except for a dropped connection and a held answer."""
        failure = self.server.slack.next_failure(method) or Failure()
        if failure.error or failure.status != 200 or failure.html:
            self.server.slack.calls[method] += 1
            return self._fail(failure)
        try:
            answer = apply()
            body = json.dumps(answer) if answer is not None else "ok"
            status = 200
        except Refused as refusal:
            body, status = json.dumps({"ok": False, "error": str(refusal)}), 404 if method == "response_url" else 200
        if failure.drop:
            raise Dropped
        if failure.until is not None:
            failure.until.wait(10)
        return self._answer(status, body)

    def _fail(self, failure: Failure) -> None:
        more = {} if failure.retry_after is None else {"Retry-After": str(failure.retry_after)}
        if failure.html:
            return self._answer(failure.status, "<!doctype html><title>Sign in</title>", kind="text/html")
        return self._answer(
            failure.status, json.dumps({"ok": False, "error": failure.error or "internal_error"}), more=more
        )

    def _call(self, method: str, query: str, raw: str) -> dict[str, Any]:
        as_json = self.headers.get("content-type", "").startswith("application/json")
        arguments = json.loads(raw) if as_json and raw else {} if as_json else dict(parse_qsl(f"{query}&{raw}"))
        token = self.headers.get("authorization", "").removeprefix("Bearer ") or str(arguments.pop("token", ""))
        return self.server.slack.call(method, arguments, token=token, as_json=as_json)

    def _answer(
        self, status: int, body: str, *, more: Mapping[str, str] | None = None, kind: str = "application/json"
    ) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(body.encode())), **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def _upgrade(self) -> None:
        self.send_response(101)
        for name, value in {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Accept": accept_key(self.headers["sec-websocket-key"]),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.server.slack.socket.serve(self.connection, self.rfile)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""
