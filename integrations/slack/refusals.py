"""What each of Slack's refusals means for a post: the policy table, and the errors that its rows become."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from bot.domain.errors import (
    DeliveryUncertain,
    FormattingRejected,
    MaruError,
    PlatformRateLimited,
    PlatformUnauthorised,
    PlatformUnavailable,
    PostRejected,
)


class TooLong(FormattingRejected):
    """The platform takes no text of this length: send it in pieces."""


class Policy(Enum):
    """What to do about a refusal."""

    RETRY = PlatformUnavailable
    """Not taken; try again, later and later."""
    PAUSE = PlatformRateLimited
    """Not taken; try again after as long as Slack says, and let nobody call before."""
    LOOK = DeliveryUncertain
    """Perhaps taken; look for it, then try again."""
    PLAIN = FormattingRejected
    """Send the same words without formatting."""
    SPLIT = TooLong
    """Send it in pieces."""
    REAUTHORISE = PlatformUnauthorised
    """Keep it, and try again every minute: a person can mend the app."""
    STOP = PostRejected
    """Bury it with the reason: this conversation takes no post of Maru's. Unknown refusals, too."""

    def error(self, message: str, *, pause: float) -> MaruError:
        """Return the error that makes the caller do it."""
        if self is Policy.PAUSE:
            return PlatformRateLimited(message, retry_after=pause)
        made: MaruError = self.value(message)
        return made


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what to do, and what a person should know or do."""

    policy: Policy
    words: str


_TOKEN = "Slack refuses Maru's token. Nothing is lost: replies wait. Check MARU_SLACK_BOT_TOKEN and restart."
_GONE = (
    "The Slack app was uninstalled. Replies wait: install it again, put its token into MARU_SLACK_BOT_TOKEN, restart."
)
_RIGHT = "The Slack app lacks a permission. Replies wait: update it from Maru's manifest.yaml and reinstall it."
_DOWN = "Slack says that it could not serve the request."
_OFTEN = "Slack asks for a pause."
_READ_ONLY = "Only certain people may write in that channel: let Maru, or ask elsewhere."
_FORMAT = "Slack refuses the formatting."

POLICY: Mapping[str, Row] = {
    "ratelimited": Row(Policy.PAUSE, _OFTEN),
    "rate_limited": Row(Policy.PAUSE, _OFTEN),
    "message_limit_exceeded": Row(Policy.PAUSE, _OFTEN),
    "request_timeout": Row(Policy.RETRY, _DOWN),
    "service_unavailable": Row(Policy.RETRY, _DOWN),
    "team_added_to_org": Row(Policy.RETRY, "The workspace is moving into an organisation."),
    "org_login_required": Row(Policy.RETRY, "The workspace is moving into an organisation."),
    # Slack documents both with "some aspect of the operation may have succeeded"
    "fatal_error": Row(Policy.LOOK, _DOWN),
    "internal_error": Row(Policy.LOOK, _DOWN),
    "invalid_blocks": Row(Policy.PLAIN, _FORMAT),
    "invalid_blocks_format": Row(Policy.PLAIN, _FORMAT),
    "markdown_text_conflict": Row(Policy.PLAIN, _FORMAT),
    "msg_too_long": Row(Policy.SPLIT, "Slack finds the reply too long."),
    "msg_blocks_too_long": Row(Policy.SPLIT, "Slack finds the reply too long."),
    "invalid_auth": Row(Policy.REAUTHORISE, _TOKEN),
    "not_authed": Row(Policy.REAUTHORISE, _TOKEN),
    "token_expired": Row(Policy.REAUTHORISE, _TOKEN),
    "not_allowed_token_type": Row(Policy.REAUTHORISE, _TOKEN),
    "token_revoked": Row(Policy.REAUTHORISE, _GONE),
    "account_inactive": Row(Policy.REAUTHORISE, _GONE),
    "missing_scope": Row(Policy.REAUTHORISE, _RIGHT),
    "channel_not_found": Row(Policy.STOP, "Maru cannot see that channel: it was removed, or the channel is gone."),
    "not_in_channel": Row(Policy.STOP, "Maru is not in that channel: invite it."),
    "is_archived": Row(Policy.STOP, "That channel is archived."),
    "restricted_action": Row(Policy.STOP, _READ_ONLY),
    "restricted_action_read_only_channel": Row(Policy.STOP, _READ_ONLY),
    "restricted_action_thread_locked": Row(Policy.STOP, "That thread is locked."),
    "cannot_reply_to_message": Row(Policy.STOP, "That message takes no replies."),
    "messages_tab_disabled": Row(Policy.STOP, "Direct messages to the app are off: update it from manifest.yaml."),
    "user_is_bot": Row(Policy.STOP, "Slack lets no bot write to another."),
}

UNKNOWN = Row(Policy.STOP, "Slack refused it.")

# HTTP statuses that speak before any word of Slack's does. A gateway's 502 or 504 does not say what happened behind it.
BY_STATUS: Mapping[int, Row] = {
    429: Row(Policy.PAUSE, _OFTEN),
    500: Row(Policy.RETRY, _DOWN),
    502: Row(Policy.LOOK, _DOWN),
    503: Row(Policy.RETRY, _DOWN),
    504: Row(Policy.LOOK, _DOWN),
}

NO_WORD = Row(Policy.LOOK, "What came back is not Slack's.")


def row_for(word: str, *, status: int) -> Row:
    """Return the row of a refusal. word: Slack's own, empty if there was none."""
    return BY_STATUS.get(status) or (POLICY.get(word, UNKNOWN) if word else NO_WORD)
