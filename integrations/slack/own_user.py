"""Maru's own user id in Slack, without ever making an acknowledgement wait for it."""

import logging
from threading import Lock, Thread

from bot.domain.errors import MaruError
from integrations.slack.client import WhoAmI
from integrations.slack.parse import Payload, bot_user_of

_log = logging.getLogger(__name__)


class OwnUser:
    """Learns the id from payloads, which usually carry it, and else asks Slack in the background. Thread-safe."""

    def __init__(self, who_am_i: WhoAmI) -> None:
        self._who_am_i = who_am_i
        self._user: str | None = None
        self._lock = Lock()
        self._asking = False

    def of(self, body: Payload) -> str | None:
        """Return the id as far as it is known now."""
        said = bot_user_of(body)
        if said is not None:
            self._user = said
        elif self._user is None:
            self._ask_once()
        return self._user

    def _ask_once(self) -> None:
        with self._lock:
            if self._asking:
                return
            self._asking = True
        Thread(target=self._ask, name="slack-who-am-i", daemon=True).start()

    def _ask(self) -> None:
        try:
            self._user = self._who_am_i().user
        except MaruError as failure:
            _log.warning(
                "Maru's own Slack user id is not known yet; it is asked again with the next event. %s", failure
            )
        finally:
            self._asking = False
