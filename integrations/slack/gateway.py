"""Slack over HTTP: verifies, decodes, and lets Bolt answer once the event is kept."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl

from slack_bolt import BoltRequest
from slack_sdk.signature import SignatureVerifier
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.domain.conversation import PersonId
from bot.domain.events import Incoming
from bot.ports.intake import Intake
from bot.ports.shedding import Shedding
from integrations.slack.client import WhoAmI, slack_client
from integrations.slack.keeping import Count, keeping_app, uncounted
from integrations.slack.own_user import OwnUser
from integrations.slack.parse import Ignored, parse_event

LARGEST_BODY = 1024 * 1024
"""Bytes; Slack's own payloads stay far below."""

_DRAINED = 8 * LARGEST_BODY  # read, but not kept, so that a well-meaning sender gets to see its 413
_FORM_FIELDS = 100
_MOST_OF_ONE = 16  # requests of one person under way at once; beyond it a program in a loop would fill the line
_GLANCED_AT = 16 * 1024  # bytes; what is longer is read by a thread, so that it holds up nobody


class _Malformed(Exception):
    """The body is signed, but is nothing that Slack sends."""


class SlackHttpGateway:
    """Answers Slack's requests in a bounded pool of threads of its own; mount `endpoint` at POST /slack/events.

    401 wrong, stale or unreadable signature · 400 malformed · 413 over 1 MB · 503 database away, too many waiting, or
    one person's flood (Slack delivers again) · 200 otherwise, and then every event that is for Maru has been kept.
    """

    def __init__(
        self,
        *,
        bot_token: str,
        signing_secret: str,
        api_url: str,
        intake: Intake,
        count: Count = uncounted,
        shedding: Shedding | None = None,
        threads: int = 32,
        most_waiting: int = 1024,
    ) -> None:
        client = slack_client(token=bot_token, api_url=api_url, timeout_seconds=10.0)
        self._verifier = SignatureVerifier(signing_secret)
        self._own_user = OwnUser(WhoAmI(client))
        self._app = keeping_app(api_url=api_url, intake=intake, own_user=self._own_user, count=count)
        self._count = count
        self._shedding = shedding
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="slack-http")
        self._most_waiting = most_waiting
        self._waiting = Counter[PersonId | None]()

    async def endpoint(self, request: Request) -> Response:
        """Answer one request."""
        try:
            body = await _read(request)
        except ClientDisconnect:
            return self._refuse(400, "disconnected")
        if body is None:
            return self._refuse(413, "too_large")
        if not self._signed(request.headers, body):
            # Slack's check of the certificate is not signed. It is answered here: nothing unsigned goes further.
            return Response() if _is_ssl_check(body) else self._refuse(401, "signature")
        event = self._glance(request.headers, body)
        if event is not None and self._sheds(event):
            return self._refuse(503, "shed")
        if self._waiting.total() >= self._most_waiting:
            return self._refuse(503, "overload")
        person = None if event is None else event.person
        self._waiting[person] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._dispatch, request.headers, body
            )
        finally:
            self._waiting[person] -= 1
            if not self._waiting[person]:
                del self._waiting[person]

    def close(self) -> None:
        """Wait for the requests in hand, then end the threads."""
        self._threads.shutdown(wait=True)

    def _dispatch(self, headers: Mapping[str, str], body: bytes) -> Response:
        try:
            payload = _decoded(headers.get("content-type", ""), body)
            # "socket_mode" is Bolt's word for a payload that is decoded already. Its own decoder loses a slash command
            # whose text contains the word "payload".
            request = BoltRequest(mode="socket_mode", body=payload, headers=dict(headers))
        except (_Malformed, AttributeError, TypeError):  # the last two: Bolt met a shape that Slack never sends
            return self._refuse(400, "malformed")
        answer = self._app.dispatch(request)
        return Response(answer.body, answer.status, headers=answer.first_headers_without_set_cookie())

    def _signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        timestamp, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
        readable = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15 and signature.isascii()
        try:
            return readable and self._verifier.is_valid(body, timestamp, signature)
        except UnicodeDecodeError:  # the SDK signs text, so bytes that are not UTF-8 have no signature
            return False

    def _glance(self, headers: Mapping[str, str], body: bytes) -> Incoming | None:
        """Look, before a thread and Bolt are troubled, who asks; None where that is not clear at a glance."""
        if len(body) > _GLANCED_AT:
            return None
        try:
            payload = _decoded(headers.get("content-type", ""), body)
            event = parse_event(payload, bot_user=self._own_user.of(payload))
        except (_Malformed, AttributeError, TypeError):
            return None
        return None if isinstance(event, Ignored) else event

    def _sheds(self, event: Incoming) -> bool:
        """Tell whether one person asks so much that Slack shall deliver this later."""
        if self._waiting[event.person] >= _MOST_OF_ONE:
            return True
        return self._shedding is not None and self._shedding.sheds(event)

    def _refuse(self, status: int, why: str) -> Response:
        self._count(f"refused_{why}")
        return Response(status_code=status)


async def _read(request: Request) -> bytes | None:
    """Return the body, or None if it is over the limit."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= LARGEST_BODY:
            parts.append(part)
        elif size > _DRAINED:
            break
    return b"".join(parts) if size <= LARGEST_BODY else None


def _is_ssl_check(body: bytes) -> bool:
    """Tell Slack's check of the certificate (`ssl_check=1&token=…`)."""
    return len(body) < 1000 and b"ssl_check=1" in body.split(b"&")


def _decoded(content_type: str, body: bytes) -> dict[str, Any]:
    """Return the payload of a JSON body, of a form, or of a form's `payload` field."""
    try:
        text = body.decode()
        if content_type.startswith("application/json") or text.startswith("{"):
            payload = json.loads(text)
        else:
            payload = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_FORM_FIELDS))
            if "payload" in payload:
                payload = json.loads(payload["payload"])
    except (ValueError, RecursionError) as failure:
        raise _Malformed from failure
    if not isinstance(payload, dict) or not payload or not _well_shaped(payload):
        raise _Malformed
    return payload


def _well_shaped(payload: dict[str, Any]) -> bool:
    authorizations = payload.get("authorizations")
    if payload.get("type") == "event_callback" and not isinstance(payload.get("event"), dict):
        return False
    return authorizations is None or (
        isinstance(authorizations, list) and all(isinstance(one, dict) for one in authorizations)
    )
