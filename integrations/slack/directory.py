"""Who is a full member of the workspace, by Slack's own records."""

from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Lock
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.domain.errors import PlatformRateLimited, PlatformUnavailable, PostRejected, TransientError
from bot.ports.clock import Clock
from bot.ports.rate_limiter import RateLimiter
from integrations.slack import rates
from integrations.slack.client import WhoAmI, asking, error_word, slack_client

_KEPT_SECONDS = 300.0
_MOST_KEPT = 10_000
_OUTSIDER = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "is_workflow_bot")
_NOBODY = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


class SlackUsers:
    """Asks `users.info` and remembers the answer for five minutes. Thread-safe; fails closed.

    Who asks about a person while somebody does already shares the answer, or the failure; failures are not remembered.
    """

    def __init__(
        self,
        *,
        bot_token: str,
        api_url: str,
        clock: Clock,
        limiter: RateLimiter | None = None,
        timeout_seconds: float = 5.0,
    ) -> None:
        self._client = slack_client(token=bot_token, api_url=api_url, timeout_seconds=timeout_seconds)
        self._who_am_i = WhoAmI(self._client)
        self._clock = clock
        self._limiter = limiter
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[float, bool]] = OrderedDict()
        self._asking: dict[str, Future[bool]] = {}

    def is_full_member(self, team: str, user: str) -> bool:
        """Tell whether a person belongs to Maru's own workspace, and not as a guest, a bot or a leaver.

        Raises PlatformUnavailable if Slack cannot be asked, PlatformRateLimited if not so soon.
        """
        if team != self._own_team() or user == "USLACKBOT":
            return False
        now = self._clock.monotonic()
        mine: Future[bool] = Future()
        with self._lock:
            until, full = self._known.get(user, (now, False))
            if until > now:
                return full
            asked = self._asking.setdefault(user, mine)
        if asked is mine:
            self._answer(user, mine, until=now + _KEPT_SECONDS)
        return asked.result()

    def _answer(self, user: str, asked: Future[bool], *, until: float) -> None:
        """Ask, and tell all who wait what came of it."""
        try:
            asked.set_result(self._ask(user))
        except BaseException as failure:  # noqa: BLE001  # whatever it is, those who wait must hear of it
            asked.set_exception(failure)
        with self._lock:
            del self._asking[user]
            if asked.exception() is None:
                self._known[user] = (until, asked.result())
                self._known.move_to_end(user)
            while len(self._known) > _MOST_KEPT:
                self._known.popitem(last=False)

    def _own_team(self) -> str:
        try:
            return self._who_am_i().team
        except PlatformRateLimited:
            raise
        except (TransientError, PostRejected) as failure:
            raise PlatformUnavailable(str(failure)) from failure

    def _ask(self, user: str) -> bool:
        rate = rates.people(self._own_team())
        # As one who comes again: the turn does, after the pause that it is told, but it is not known here which one.
        if self._limiter and (pause := self._limiter.take(rate, waited=True)):
            raise PlatformRateLimited("Slack is asked about too many people at once.", retry_after=pause)
        try:
            answer: Any = asking("Asking Slack about a person", lambda: self._client.users_info(user=user))
        except PostRejected as refusal:
            if isinstance(refusal.__cause__, SlackApiError) and error_word(refusal.__cause__) in _NOBODY:
                return False
            raise PlatformUnavailable(str(refusal)) from refusal
        except PlatformRateLimited as refusal:
            if self._limiter:
                self._limiter.close(rate, seconds=refusal.retry_after)
            raise
        except TransientError as failure:
            raise PlatformUnavailable(str(failure)) from failure
        return _is_full(answer.get("user") or {}, own_team=self._own_team())


def _is_full(user: Mapping[str, Any], *, own_team: str) -> bool:
    if not user or any(user.get(flag) for flag in _OUTSIDER):
        return False
    # In an organisation a person has one home team and may belong to more.
    teams = (user.get("enterprise_user") or {}).get("teams") or ()
    return user.get("team_id") == own_team or own_team in teams
