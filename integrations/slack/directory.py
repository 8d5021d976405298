"""Who is a full member of the workspace, by Slack's own records."""

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.domain.errors import PlatformUnavailable, PostRejected, TransientError
from bot.ports.clock import Clock
from integrations.slack.client import WhoAmI, asking, error_word, slack_client

_KEPT_SECONDS = 300.0
_MOST_KEPT = 10_000
_OUTSIDER = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "is_workflow_bot")
_NOBODY = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


class SlackUsers:
    """Asks `users.info` and remembers the answer for five minutes. Thread-safe; fails closed."""

    def __init__(self, *, bot_token: str, api_url: str, clock: Clock, timeout_seconds: float = 5.0) -> None:
        self._client = slack_client(token=bot_token, api_url=api_url, timeout_seconds=timeout_seconds)
        self._who_am_i = WhoAmI(self._client)
        self._clock = clock
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[float, bool]] = OrderedDict()

    def is_full_member(self, team: str, user: str) -> bool:
        """Tell whether a person belongs to Maru's own workspace, and not as a guest, a bot or a leaver.

        Raises PlatformUnavailable if Slack cannot be asked.
        """
        if team != self._own_team() or user == "USLACKBOT":
            return False
        now = self._clock.monotonic()
        with self._lock:
            until, full = self._known.get(user, (now, False))
        if until > now:
            return full
        full = self._ask(user)
        with self._lock:
            self._known[user] = (now + _KEPT_SECONDS, full)
            self._known.move_to_end(user)
            while len(self._known) > _MOST_KEPT:
                self._known.popitem(last=False)
        return full

    def _own_team(self) -> str:
        try:
            return self._who_am_i().team
        except (TransientError, PostRejected) as failure:
            raise PlatformUnavailable(str(failure)) from failure

    def _ask(self, user: str) -> bool:
        try:
            answer: Any = asking("Asking Slack about a person", lambda: self._client.users_info(user=user))
        except PostRejected as refusal:
            if isinstance(refusal.__cause__, SlackApiError) and error_word(refusal.__cause__) in _NOBODY:
                return False
            raise PlatformUnavailable(str(refusal)) from refusal
        except TransientError as failure:
            raise PlatformUnavailable(str(failure)) from failure
        return _is_full(answer.get("user") or {}, own_team=self._own_team())


def _is_full(user: Mapping[str, Any], *, own_team: str) -> bool:
    if not user or any(user.get(flag) for flag in _OUTSIDER):
        return False
    # In an organisation a person has one home team and may belong to more.
    teams = (user.get("enterprise_user") or {}).get("teams") or ()
    return user.get("team_id") == own_team or own_team in teams
