"""Bolt, told to keep every event before it acknowledges.

Bolt acknowledges events BEFORE it runs their listeners, so a listener that fails loses the event. Maru therefore has
no listeners: one middleware, first in Bolt's chain, hands the event to the Intake and answers when that returns.
"""

import logging
from collections.abc import Callable
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware import Middleware

from bot.domain.errors import DatabaseUnavailable, TooMuchAtOnce
from bot.domain.events import Incoming, MessageChanged
from bot.ports.intake import Intake
from integrations.slack.client import slack_client
from integrations.slack.own_user import OwnUser
from integrations.slack.parse import Ignored, parse_command, parse_event, parse_press

Count = Callable[[str], None]

# Bolt logs whole bodies at INFO (bad signatures) and DEBUG; its warnings are about listeners, and Maru has none.
quiet_log = logging.getLogger("integrations.slack.bolt")
quiet_log.setLevel(logging.ERROR)


def uncounted(outcome: str) -> None:
    """Count nothing."""


def keeping_app(*, api_url: str, intake: Intake, own_user: OwnUser, count: Count) -> App:
    """Return a Bolt app that keeps events through `intake`.

    It neither verifies signatures nor answers `ssl_check`: SlackHttpGateway does, and Socket Mode has neither. The
    explicit values and `authorize` keep Bolt from using SLACK_CLIENT_ID, SLACK_SIGNING_SECRET and the like.
    """
    return App(
        name="maru",
        logger=quiet_log,
        signing_secret="verified by the gateway",
        client=slack_client(token=None, api_url=api_url, timeout_seconds=10.0),
        authorize=_nobody,
        before_authorize=KeepFirst(intake=intake, own_user=own_user, count=count),
        request_verification_enabled=False,
        ssl_check_enabled=False,
        token_verification_enabled=False,
        process_before_response=True,
    )


def _nobody() -> AuthorizeResult:
    """Bolt wants to know how listeners are authorised; there are none."""
    return AuthorizeResult(enterprise_id=None, team_id=None)


class KeepFirst(Middleware):
    """Keeps what is for Maru, and answers in Bolt's stead: 200 once kept, 503 where Slack shall come again."""

    def __init__(self, *, intake: Intake, own_user: OwnUser, count: Count) -> None:
        self._intake = intake
        self._own_user = own_user
        self._count = count

    def process(self, *, req: BoltRequest, resp: BoltResponse, next: Callable[[], Any]) -> Any:
        """Answer every payload but Slack's handshake, which Bolt's own middleware answers further on."""
        if req.body.get("type") == "url_verification":
            return next()
        event = self._parse(req.body)
        if isinstance(event, Ignored):
            self._count(f"ignored_{event.reason}")
            return _empty(200)
        try:
            new = self._intake(event)
        except DatabaseUnavailable:
            self._count("database_unavailable")
            return _empty(503)
        except TooMuchAtOnce:
            self._count("shed")
            return _empty(503)
        self._count("kept" if new else "without_effect" if isinstance(event, MessageChanged) else "duplicate")
        return _empty(200)

    def _parse(self, body: dict[str, Any]) -> Incoming | Ignored:
        if body.get("type") == "event_callback":
            return parse_event(body, bot_user=self._own_user.of(body))
        if body.get("type") == "block_actions":
            return parse_press(body)
        if "command" in body:
            return parse_command(body)
        return Ignored("interaction" if "type" in body else "unknown_type")


def _empty(status: int) -> BoltResponse:
    return BoltResponse(status=status, body="")
