"""Slack over Socket Mode: the same Bolt app behind a WebSocket that Maru opens, so no public address is needed."""

import http.client
import logging

from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.domain.errors import PlatformUnavailable, SettingsInvalid
from bot.ports.intake import Intake
from integrations.slack.client import WhoAmI, error_word, slack_client
from integrations.slack.keeping import Count, keeping_app, uncounted
from integrations.slack.own_user import OwnUser

_log = logging.getLogger("integrations.slack.socket")
_log.setLevel(logging.WARNING)  # below it the SDK logs what people write

_BUFFER = (
    64 * 1024
)  # bytes; the SDK recurses once per buffer, and with its own 1 KB a long message meets Python's limit

_BAD_TOKEN = frozenset({"invalid_auth", "not_authed", "not_allowed_token_type", "token_revoked", "account_inactive"})


class SlackSocketGateway:
    """Receives events over one WebSocket that the SDK keeps open and renews; acknowledges each once it is kept.

    An event that could not be kept is not acknowledged, and Slack delivers it again.
    """

    def __init__(
        self,
        *,
        app_token: str,
        bot_token: str,
        api_url: str,
        intake: Intake,
        count: Count = uncounted,
        ping_seconds: float = 5.0,
        threads: int = 10,
    ) -> None:
        client = slack_client(token=bot_token, api_url=api_url, timeout_seconds=10.0)
        app = keeping_app(api_url=api_url, intake=intake, own_user=OwnUser(WhoAmI(client)), count=count)
        self._handler = SocketModeHandler(
            app,
            app_token,
            logger=_log,
            web_client=client,
            ping_interval=ping_seconds,
            receive_buffer_size=_BUFFER,
            concurrency=threads,
        )
        self._handler.client.proxy = None  # the SDK took one from the environment, ignoring NO_PROXY

    def start(self) -> None:
        """Open the connection and return; the SDK's threads do the rest.

        Raises SettingsInvalid if Slack refuses the app token, PlatformUnavailable if it cannot be reached; then
        nothing runs yet and `start` may be called again. Later losses are mended by the SDK's threads.
        """
        try:
            self._handler.client.connect()
        except SlackApiError as failure:
            if error_word(failure) in _BAD_TOKEN:
                raise SettingsInvalid(
                    "Slack refuses MARU_SLACK_APP_TOKEN: it must be an app-level token (xapp-…) with connections:write."
                ) from failure
            raise PlatformUnavailable(f"Socket Mode: Slack gives no address ({error_word(failure)}).") from failure
        except (OSError, http.client.HTTPException, SlackClientError) as failure:
            raise PlatformUnavailable(f"Socket Mode: Slack cannot be reached ({type(failure).__name__}).") from failure

    @property
    def connected(self) -> bool:
        """Tell whether the WebSocket is open now."""
        return bool(self._handler.client.is_connected())

    def stop(self) -> None:
        """Finish the events in hand, close the connection and end the SDK's threads (up to about 4 s)."""
        try:
            self._handler.client.close()
        except AttributeError:  # the SDK's reader gave up the same socket at the same moment; what is left closes now
            self._handler.client.close()
