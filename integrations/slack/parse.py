"""Slack payloads to domain events. Pure: the same payload always gives the same event.

An `app_mention` and the `message` twin of one utterance get the same message key, so that the inbox keeps one of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.events import CommandReceived, EventId, MessageChanged, MessageKey, MessageReceived, pressed
from integrations.slack.buttons import ACTION
from integrations.slack.markup import plain_words, without_mention

Payload = Mapping[str, Any]

# Subtypes that are still a person speaking: with a file, from a thread also to the channel, in the third person.
_SPEECH = frozenset({"", "file_share", "thread_broadcast", "me_message"})
_CHANGES = frozenset({"message_changed", "message_deleted"})
_AGAIN_SECONDS = 5
"""A second press of one button by one person within this time is the same press; after twice as long it never is."""

_TOMBSTONE = "tombstone"  # what Slack leaves of a deleted message that has replies


@dataclass(frozen=True, slots=True)
class Ignored:
    """A payload that is not for Maru; `reason` is one of a closed set of words, fit for a metric's label."""

    reason: str


def bot_user_of(body: Payload) -> str | None:
    """Return Maru's own user id where the payload says it."""
    installation = _installation(body)
    return _word(installation, "user_id") or None if installation.get("is_bot", True) else None


def parse_event(body: Payload, *, bot_user: str | None) -> MessageReceived | MessageChanged | Ignored:
    """Translate an Events API envelope; None of Slack's words leave this function."""
    event: Payload = body.get("event") or {}
    if body.get("type") == "event_callback" and event.get("type") == "message" and event.get("subtype") in _CHANGES:
        return _change(body, event, bot_user)
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
        address=Address(
            platform=Platform.SLACK,
            channel=channel,
            thread=root,
            reply_to=ts,
            team=team,
            direct=direct,
            shared=_shared(body),
        ),
        text=_addressed_words(event, bot_user),
    )


def _shared(body: Payload) -> bool | None:
    """Tell whether other workspaces read along; in an organisation its sister workspaces may, which no event says."""
    grants = body.get("authorizations")
    inside = isinstance(grants, list) and any(isinstance(one, dict) and one.get("enterprise_id") for one in grants)
    shared = body.get("is_ext_shared_channel")
    return shared if isinstance(shared, bool) and (shared or not (inside or body.get("enterprise_id"))) else None


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


def parse_press(body: Payload) -> MessageReceived | CommandReceived | Ignored:
    """Translate the press of a button under one of Maru's posts: the person says it where the post stands.

    Two keys, each unique in the inbox, are halves of a window apart: presses that share either are one.
    """
    container, message, user = _part(body, "container"), _part(body, "message"), _part(body, "user")
    actions = body.get("actions")
    action: Payload = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}
    says, at = _word(action, "value"), _seconds(_word(action, "action_ts"))
    if action.get("type") != "button" or not _word(action, "action_id").startswith(ACTION):
        return Ignored("unknown_action")
    # A post is of the workspace that Maru is installed in; `team` can be the other side's of a shared channel.
    team = _word(message, "team") or _word(_part(body, "team"), "id") or _word(user, "team_id")
    channel = _word(container, "channel_id") or _word(_part(body, "channel"), "id")
    ts, person = _word(container, "message_ts"), _word(user, "id")
    if not (team and channel and ts and person and says and at):
        return Ignored("malformed")
    said = _word(user, "team_id") or team
    own = said == _word(_part(body, "enterprise"), "id")
    address = _pressed_at(body, Address(platform=Platform.SLACK, channel=channel, reply_to=ts, team=team))
    which = sha256(f"{person} {_word(action, 'action_id')} {says}".encode()).hexdigest()[:16]
    press = f"slack:press:{team}:{channel}:{ts}:{which}"
    place = f"command/{person}" if address.response_url else address.thread
    return pressed(
        says,
        event_id=EventId(f"{press}:{int(at / (2 * _AGAIN_SECONDS))}"),
        message_key=MessageKey(f"{press}:{int(at / (2 * _AGAIN_SECONDS) + 0.5)}"),
        conversation=ConversationId("/".join(filter(None, (f"slack:{team}", channel, place)))),
        person=PersonId(f"slack:{team if own else said}/{person}"),
        address=address,
    )


def _pressed_at(body: Payload, post: Address) -> Address:
    """Return where the pressed post stands. One that a single person sees is answered to that person alone."""
    container, message = _part(body, "container"), _part(body, "message")
    response_url = _word(body, "response_url")
    if container.get("is_ephemeral") is True and response_url:
        return replace(post, reply_to=None, response_url=response_url, direct=True)
    thread = _word(message, "thread_ts") or _word(container, "thread_ts") or None
    direct = post.channel.startswith("D")
    return replace(post, thread=thread if direct else thread or post.reply_to, direct=direct)


def _part(body: Payload, key: str) -> Payload:
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def _change(body: Payload, event: Payload, bot_user: str | None) -> MessageChanged | Ignored:
    """Translate an edit or a deletion. Slack also calls it an edit when it unfurls a link: then the words are the same.

    Both are applied to a message that was kept, or to nothing; so it does not matter much whether Maru is mentioned.
    """
    before: Payload = event.get("previous_message") or {}
    after: Payload = event.get("message") or {}
    deleted = event["subtype"] == "message_deleted" or after.get("subtype") == _TOMBSTONE
    said = before if deleted else after
    channel, user, ts, at = (_word(event, "channel"), _word(said, "user"), _word(said, "ts"), _word(event, "ts"))
    if _by_bot(said) or user == bot_user:
        return Ignored("bot_message")
    if not (_team(body) and channel and user and ts and _seconds(at)):
        return Ignored("malformed")
    if not deleted and _word(before, "text") == _word(after, "text"):
        return Ignored("unchanged")
    if not (_is_direct(event) or any(_mentions(one, bot_user) for one in (before, after))):
        return Ignored("not_addressed")
    return MessageChanged(
        message_key=MessageKey(f"slack:{_team(body)}:{channel}:{ts}"),
        person=PersonId(f"slack:{_author_team(body, said)}/{user}"),
        text=None if deleted else _without_own_mention(after, bot_user),
        at=_seconds(at),
    )


def _seconds(ts: str) -> float:
    """Return Slack's time of an event, 0 where it is none."""
    whole, _, rest = ts.partition(".")
    return float(ts) if whole.isdecimal() and rest.isdecimal() and ts.isascii() else 0.0


def _mentions(message: Payload, bot_user: str | None) -> bool:
    """Tell whether Maru is named; as long as its id is not known, anybody may be it."""
    text = _word(message, "text")
    return "<@" in text if bot_user is None else any(mark in text for mark in (f"<@{bot_user}>", f"<@{bot_user}|"))


def _why_ignored(body: Payload, event: Payload, bot_user: str | None) -> str | None:
    """Return the first reason in the table that holds, None if a person speaks to Maru."""
    return next((reason for reason, holds in _REASONS if holds(body, event, bot_user)), None)


_Reason = tuple[str, Callable[[Payload, Payload, str | None], bool]]
_REASONS: tuple[_Reason, ...] = (
    ("unknown_type", lambda body, event, own: body.get("type") != "event_callback"),
    ("unknown_event", lambda body, event, own: event.get("type") not in ("app_mention", "message")),
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
    return bot_user is not None and _mentions(event, bot_user)


def _addressed_words(event: Payload, bot_user: str | None) -> str:
    if bot_user is not None or event["type"] == "app_mention":
        return _without_own_mention(event, bot_user)
    return plain_words(_word(event, "text"))


def _without_own_mention(message: Payload, bot_user: str | None) -> str:
    return plain_words(without_mention(_word(message, "text"), bot_user=bot_user))


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
