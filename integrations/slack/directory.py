"""Who is a full member of the workspace, by Slack's own records."""

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.domain.breaker import Breaker
from bot.domain.errors import (
    DeliveryUncertain,
    PlatformRateLimited,
    PlatformUnauthorised,
    PlatformUnavailable,
    PostRejected,
    TransientError,
)
from bot.ports.clock import Clock
from bot.ports.rate_limiter import Rate, RateLimiter
from integrations.slack import rates
from integrations.slack.client import WhoAmI, asking, error_word, slack_client
from integrations.slack.kept import Kept

_KEPT_SECONDS = 300.0
_REST_SECONDS = 5.0  # how long a Slack that failed again and again is not asked
_OUTSIDER = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "is_workflow_bot")
_NOBODY = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


class SlackUsers:
    """Asks `users.info` and remembers the answer for five minutes, failures not at all. Thread-safe; fails closed."""

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
        self._limiter = limiter
        self._kept: Kept[bool] = Kept(seconds=_KEPT_SECONDS, monotonic=clock.monotonic)
        self._breaker = Breaker(
            rest_seconds=_REST_SECONDS,
            failing=(PlatformUnavailable, DeliveryUncertain),
            living=(PlatformUnauthorised, PlatformRateLimited, PostRejected),
            refusal=lambda seconds: PlatformRateLimited("Slack does not say who people are.", retry_after=seconds),
            monotonic=clock.monotonic,
        )

    def is_full_member(self, team: str, user: str) -> bool:
        """Tell whether a person belongs to Maru's own workspace, and not as a guest, a bot or a leaver.

        Raises PlatformUnavailable if Slack cannot be asked, PlatformRateLimited if not so soon.
        """
        if team != self._own_team() or user == "USLACKBOT":
            return False
        return self._kept.ask(user, lambda: self._ask(user))

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
            with self._breaker.call():
                answer = self._info(user, rate)
        except PostRejected as refusal:
            if isinstance(refusal.__cause__, SlackApiError) and error_word(refusal.__cause__) in _NOBODY:
                return False
            raise PlatformUnavailable(str(refusal)) from refusal
        except PlatformRateLimited:
            raise
        except TransientError as failure:
            raise PlatformUnavailable(str(failure)) from failure
        return is_full(answer.get("user") or {}, own_team=self._own_team())

    def _info(self, user: str, rate: Sequence[Rate]) -> Any:
        try:
            return asking("Asking Slack about a person", lambda: self._client.users_info(user=user))
        except PlatformRateLimited as refusal:
            if self._limiter:
                self._limiter.close(rate, seconds=refusal.retry_after)
            raise


def is_full(user: Mapping[str, Any], *, own_team: str) -> bool:
    """Tell a full member by Slack's own record of a person."""
    if not user or any(user.get(flag) for flag in _OUTSIDER):
        return False
    # In an organisation a person has one home team and may belong to more.
    teams = (user.get("enterprise_user") or {}).get("teams") or ()
    return user.get("team_id") == own_team or own_team in teams
