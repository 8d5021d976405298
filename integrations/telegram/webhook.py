"""Updates that Telegram pushes to us over HTTPS.

Telegram delivers a chat's updates one by one and holds back the rest of that chat until it gets a 2xx, so 503 is
answered only when nothing could be kept, and an update that can never be read gets its 200. So does one that Maru
failed on TRIES times in ways nobody foresaw: Telegram would go on with it for a day, and hold the chat back meanwhile.
"""

import hmac
import json
import logging
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from bot.domain.errors import MaruError, SettingsInvalid
from bot.ports.intake import Intake
from integrations.telegram.buttons import Released, unreleased
from integrations.telegram.parse import BotIdentity, ConversationOf, unknown
from integrations.telegram.receive import TRIES, name_of, receive, set_aside

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
MAX_BODY_BYTES = 1_000_000

MOST_FAILED = 1_000
"""Updates whose failures are remembered; of more, the oldest begin anew."""

log = logging.getLogger(__name__)


class TelegramWebhook:
    """The endpoint `POST /telegram/webhook`."""

    def __init__(
        self,
        secret: str,
        *,
        intake: Intake,
        count: Callable[[str], None],
        identity: Callable[[], BotIdentity],
        conversation_of: ConversationOf = unknown,
        released: Released = unreleased,
        most_failed: int = MOST_FAILED,
    ) -> None:
        """identity: who we are (`TelegramLoop.identity`), asked with the first update, so that a gateway may start
        while Telegram is away; it raises TransientError until it knows. Raises SettingsInvalid for an empty secret.
        """
        if not secret:  # an absent header would equal it
            raise SettingsInvalid("The Telegram webhook has no secret: set MARU_TELEGRAM_WEBHOOK_SECRET.")
        self._secret = secret.encode()
        self._intake, self._count = intake, count
        self._identity, self._conversation_of = identity, conversation_of
        self._released = released
        self._most_failed = most_failed
        self._lock = Lock()
        self._failures: OrderedDict[str, int] = OrderedDict()

    async def receive(self, request: Request) -> Response:
        """Answer 401 (wrong secret), 413, 400 (no JSON object), 503 or 500 (nothing kept), or 200 once it is kept."""
        shown = request.headers.get(SECRET_HEADER, "").encode("latin-1")
        if not hmac.compare_digest(shown, self._secret):
            self._count("wrong_secret")
            return Response(status_code=401)
        try:
            body = await _body(request)
        except ClientDisconnect:  # nobody is left to read an answer
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413)
        update = _json_object(body)
        if update is None:
            return Response(status_code=400)
        return Response(status_code=await run_in_threadpool(self._keep, update))

    def _keep(self, update: dict[str, Any]) -> int:
        """Return the status."""
        try:
            return self._received(update, self._identity())
        except MaruError as error:
            log.warning("An update from Telegram could not be kept, Telegram will send it again: %s", error)
            return 503

    def _received(self, update: dict[str, Any], bot: BotIdentity) -> int:
        try:
            receive(
                update,
                bot,
                intake=self._intake,
                count=self._count,
                conversation_of=self._conversation_of,
                released=self._released,
            )
        except MaruError:
            raise
        except Exception:  # the edge of an update: one that Maru fails on must not hold up its chat for ever
            log.exception("Maru failed on an update from Telegram")
            return self._failed(update)
        return 200

    def _failed(self, update: dict[str, Any]) -> int:
        with self._lock:
            tries = self._failures.pop(name_of(update), 0) + 1
            if tries < TRIES:
                self._failures[name_of(update)] = tries
                if len(self._failures) > self._most_failed:
                    self._failures.popitem(last=False)
                return 500
        set_aside(update, self._count)
        return 200


async def _body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is known to be too large."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and (len(announced) > 9 or int(announced) > MAX_BODY_BYTES):
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        return None
    return update if isinstance(update, dict) else None
