"""Slack payloads to domain events. Pure: the same payload always gives the same event.

An `app_mention` and the `message` twin of one utterance get the same message key, so that the inbox keeps one of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.events import CommandReceived, EventId, MessageKey, MessageReceived
from integrations.slack.markup import plain_words, without_mention

Payload = Mapping[str, Any]

# Subtypes that are still a person speaking: with a file, from a thread also to the channel, in the third person.
_SPEECH = frozenset({"", "file_share", "thread_broadcast", "me_message"})
_CHANGES = frozenset({"message_changed", "message_deleted", "message_replied"})


@dataclass(frozen=True, slots=True)
class Ignored:
    """A payload that is not for Maru; `reason` is one of a closed set of words, fit for a metric's label."""

    reason: str


def bot_user_of(body: Payload) -> str | None:
    """Return Maru's own user id where the payload says it."""
    installation = _installation(body)
    return _word(installation, "user_id") or None if installation.get("is_bot", True) else None


def parse_event(body: Payload, *, bot_user: str | None) -> MessageReceived | Ignored:
    """Translate an Events API envelope; None of Slack's words leave this function."""
    event: Payload = body.get("event") or {}
    reason = _why_ignored(body, event, bot_user)
    if reason is not None:
        return Ignored(reason)
    team, channel, ts = _team(body), _word(event, "channel"), _word(event, "ts")
    thread = _word(event, "thread_ts") or None
    direct = _is_direct(event)
    root = thread if direct else thread or ts
    return MessageReceived(
        event_id=EventId(f"slack:{body['event_id']}"),
        message_key=MessageKey(f"slack:{team}:{channel}:{ts}"),
        conversation=ConversationId("/".join(filter(None, (f"slack:{team}", channel, root)))),
        person=PersonId(f"slack:{_author_team(body, event)}/{event['user']}"),
        address=Address(platform=Platform.SLACK, channel=channel, thread=root, reply_to=ts, team=team, direct=direct),
        text=_addressed_words(event, bot_user),
    )


def parse_command(form: Payload) -> CommandReceived | Ignored:
    """Translate a slash command. Its reply is seen by the person alone, hence `direct`."""
    team = _word(form, "team_id") or _word(form, "enterprise_id")
    channel, person, trigger = (_word(form, key) for key in ("channel_id", "user_id", "trigger_id"))
    response_url = _word(form, "response_url")
    if not (team and channel and person and trigger and response_url):
        return Ignored("malformed")
    return CommandReceived(
        event_id=EventId(f"slack:{trigger}"),
        message_key=MessageKey(f"slack:{team}:{channel}:{trigger}"),
        conversation=ConversationId(f"slack:{team}/{channel}/command/{person}"),
        person=PersonId(f"slack:{team}/{person}"),
        address=Address(platform=Platform.SLACK, channel=channel, team=team, response_url=response_url, direct=True),
        text=plain_words(_word(form, "text")),
    )


def _why_ignored(body: Payload, event: Payload, bot_user: str | None) -> str | None:
    """Return the first reason in the table that holds, None if a person speaks to Maru."""
    return next((reason for reason, holds in _REASONS if holds(body, event, bot_user)), None)


_Reason = tuple[str, Callable[[Payload, Payload, str | None], bool]]
_REASONS: tuple[_Reason, ...] = (
    ("unknown_type", lambda body, event, own: body.get("type") != "event_callback"),
    ("unknown_event", lambda body, event, own: event.get("type") not in ("app_mention", "message")),
    ("edited_or_deleted", lambda body, event, own: event.get("subtype") in _CHANGES),
    ("own_message", lambda body, event, own: own is not None and event.get("user") == own),
    ("bot_message", lambda body, event, own: _by_bot(event)),
    ("subtype", lambda body, event, own: _word(event, "subtype") not in _SPEECH),
    ("not_addressed", lambda body, event, own: not _addressed(event, own)),
    ("malformed", lambda body, event, own: not _complete(body, event)),
)


def _by_bot(event: Payload) -> bool:
    return bool(event.get("bot_id")) or event.get("subtype") == "bot_message" or event.get("user") == "USLACKBOT"


def _addressed(event: Payload, bot_user: str | None) -> bool:
    if event["type"] == "app_mention" or _is_direct(event):
        return True
    return bot_user is not None and any(mark in _word(event, "text") for mark in (f"<@{bot_user}>", f"<@{bot_user}|"))


def _addressed_words(event: Payload, bot_user: str | None) -> str:
    text = _word(event, "text")
    if bot_user is not None or event["type"] == "app_mention":
        text = without_mention(text, bot_user=bot_user)
    return plain_words(text)


def _complete(body: Payload, event: Payload) -> bool:
    ids = (_word(body, "event_id"), _team(body), *(_word(event, key) for key in ("channel", "user", "ts")))
    return all(ids)


def _is_direct(event: Payload) -> bool:
    return event.get("channel_type") == "im" or _word(event, "channel").startswith("D")


def _team(body: Payload) -> str:
    """Name the workspace Maru is installed in: in a shared channel `team_id` may be the other side's."""
    return _word(_installation(body), "team_id") or _word(body, "team_id")


def _author_team(body: Payload, event: Payload) -> str:
    """Name the author's own workspace, so that people of other workspaces are recognisable.

    `user_team` can be an organisation's id (E…): our own organisation's stands for our workspace, any other is foreign.
    """
    own = _team(body)
    said = _word(event, "user_team") or _word(event, "source_team") or _word(event, "team") or own
    ours = {_word(_installation(body), "enterprise_id"), _word(body, "enterprise_id")}
    return own if said in ours else said


def _installation(body: Payload) -> Payload:
    """Return whose installation of Maru the payload is for; Slack names one at most."""
    authorizations: Sequence[Payload] = body.get("authorizations") or ({},)
    return authorizations[0]


def _word(payload: Payload, key: str) -> str:
    value = payload.get(key)
    return value if isinstance(value, str) else ""
