"""Turns a raw Telegram update into an event, or says why it is none. Pure.

Group conversations are named `telegram:<chat>/<topic or 0>/<root message>`, where the root is the first message of the
chain of replies. Telegram delivers one level of `reply_to_message` only, so the chain cannot be walked. We take the
first of these that is known:

1. the conversation in which Maru made the post that is being answered (`conversation_of`, a look-up by the poster's
   reference): exact;
2. `message_thread_id` of a message outside forum topics: in supergroups Telegram itself names the root of the thread;
3. the replied message's own `reply_to_message`, should it ever be delivered;
4. the replied message.

Without the look-up, a reply to Maru inside a forum topic or a basic group therefore opens a new conversation rooted at
that post: a follow-up may then lose its context, but two conversations are never mixed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.conversation import STOP_ASIDE, Address, ConversationId, PersonId, Platform
from bot.domain.events import (
    CommandReceived,
    Event,
    EventId,
    Incoming,
    MessageChanged,
    MessageKey,
    MessageReceived,
    pressed,
)
from integrations.telegram.words import Command, addressed, command_in, said

Update = Mapping[str, Any]
Message = Mapping[str, Any]

ConversationOf = Callable[[str], ConversationId | None]
"""Finds the conversation of an earlier post by its reference, `<chat>:<message id>` (one of those a post returned)."""

ALLOWED_UPDATES = ("message", "edited_message", "callback_query")
"""What we ask Telegram for, on every call: an omitted list would mean whatever was asked last.

Telegram tells bots of edits, but never that a message was deleted.
"""

GENERAL_TOPIC = 1


class MalformedUpdate(ValueError):
    """An update that does not have the Bot API's shape; it is set aside, never retried."""


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """Who we are on Telegram; the username without its @."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """An update that is no event for us; the reason is the name of a counter."""

    reason: str


def unknown(reference: str) -> ConversationId | None:
    """Know no earlier post (the default look-up)."""
    return None


def parse(update: Update, bot: BotIdentity, *, conversation_of: ConversationOf = unknown) -> Incoming | Ignored:
    """Return what a person said to us, or changed, or why this update says nothing to us.

    Raises MalformedUpdate, and whatever `conversation_of` raises (DatabaseUnavailable).
    """
    try:
        update_id = int(update["update_id"])
        if "edited_message" in update:
            edited = update["edited_message"]
            reason = _ignored(edited)
            return Ignored(reason) if reason else _change(edited, bot)
        if "callback_query" in update:
            return _press(update_id, update["callback_query"], bot=bot, conversation_of=conversation_of)
        if "message" not in update:
            kinds = sorted(set(update) - {"update_id"})
            return Ignored(kinds[0] if kinds else "empty_update")
        message = update["message"]
        reason = _ignored(message)
        return Ignored(reason) if reason else _event(update_id, message, bot=bot, conversation_of=conversation_of)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedUpdate(f"{type(error).__name__}: {error}") from error


def _ignored(message: Message) -> str | None:
    """Tell why nobody's words are in this message, or None."""
    if message["chat"]["type"] == "channel" or message.get("is_automatic_forward"):
        return "channel_post"
    if "sender_chat" not in message and message.get("from", {"is_bot": True})["is_bot"]:
        return "from_bot"
    return None if "text" in message else "no_text"


def _event(update_id: int, message: Message, *, bot: BotIdentity, conversation_of: ConversationOf) -> Event | Ignored:
    command = command_in(message)
    reason = _meant_for_others(message, bot, command)
    if reason is not None:
        return Ignored(reason)
    return _made(update_id, message, bot=bot, command=command, conversation=_conversation(message, conversation_of))


def _meant_for_others(message: Message, bot: BotIdentity, command: Command | None) -> str | None:
    """Tell why these words are not said to us, None if they are."""
    to_us = message["chat"]["type"] == "private" or _answers(message, bot)
    if command:
        if command.bot and command.bot != bot.username.lower():
            return "other_bot"
        to_us = to_us or bool(command.bot) or command.known
    else:
        to_us = to_us or addressed(message, bot.id, bot.username)
    return None if to_us else "not_addressed"


def _made(
    update_id: int, message: Message, *, bot: BotIdentity, command: Command | None, conversation: ConversationId
) -> Event:
    kind = CommandReceived if command and command.name != "ask" else MessageReceived
    return kind(
        event_id=EventId(f"telegram:{bot.id}:{update_id}"),
        message_key=_key(message),
        conversation=conversation,
        person=_person(message),
        address=Address(
            platform=Platform.TELEGRAM,
            channel=str(int(message["chat"]["id"])),
            thread=_topic(message),
            reply_to=str(int(message["message_id"])),
            direct=message["chat"]["type"] == "private",
        ),
        text=command.line if command else said(message, bot.id, bot.username),
    )


def _press(
    update_id: int, query: Mapping[str, Any], *, bot: BotIdentity, conversation_of: ConversationOf
) -> Event | Ignored:
    """Return the press of a button under a post of ours: the person says it there, as if in reply to the post."""
    if "message" not in query or "data" not in query:
        return Ignored("not_our_button")
    post, presser = query["message"], query["from"]
    if presser["is_bot"]:
        return Ignored("from_bot")
    place = Address(
        platform=Platform.TELEGRAM,
        channel=str(int(post["chat"]["id"])),
        thread=_topic(post),
        reply_to=str(int(post["message_id"])),
        direct=post["chat"]["type"] == "private",
    )
    return pressed(
        str(query["data"]),
        event_id=EventId(f"telegram:{bot.id}:{update_id}"),
        message_key=MessageKey(f"telegram:press:{bot.id}:{query['id']}"),
        conversation=_conversation({**post, "reply_to_message": post}, conversation_of),
        person=PersonId(f"telegram:{int(presser['id'])}"),
        address=place,
    )


def _change(message: Message, bot: BotIdentity) -> MessageChanged:
    """Return an edit, whoever was meant: it may have lost the mention of a message that was kept."""
    command = command_in(message)
    return MessageChanged(
        message_key=_key(message),
        person=_person(message),
        text=command.line if command else said(message, bot.id, bot.username),
        at=float(message["edit_date"]),
        addressed=_meant_for_others(message, bot, command) is None,
    )


def _key(message: Message) -> MessageKey:
    return MessageKey(f"telegram:{int(message['chat']['id'])}:{int(message['message_id'])}")


def _person(message: Message) -> PersonId:
    """Name who speaks.

    An anonymous administrator, or somebody who speaks as a channel, is that chat: `from` then holds one of Telegram's
    shared placeholder accounts, which would make all of them one person. A chat never has a person's rights.
    """
    sender = message.get("sender_chat") or message["from"]
    return PersonId(f"telegram:{int(sender['id'])}")


def _topic(message: Message) -> str | None:
    """Return the forum topic; None for General, which must not be named when posting."""
    if not message.get("is_topic_message"):
        return None
    topic = int(message["message_thread_id"])
    return None if topic == GENERAL_TOPIC else str(topic)


def _replied(message: Message) -> Message | None:
    """Return the message that is answered. In a topic, Telegram makes every message a reply to the topic's opening."""
    replied: Message | None = message.get("reply_to_message")
    if replied is None or "forum_topic_created" in replied:
        return None
    opening = message.get("is_topic_message") and replied["message_id"] == message["message_thread_id"]
    return None if opening else replied


def _answers(message: Message, bot: BotIdentity) -> bool:
    replied = _replied(message)
    return bool(replied) and (replied or {}).get("from", {}).get("id") == bot.id


def _conversation(message: Message, conversation_of: ConversationOf) -> ConversationId:
    chat = int(message["chat"]["id"])
    if message["chat"]["type"] == "private":
        return ConversationId(f"telegram:{chat}")
    replied = _replied(message)
    root = int(message["message_id"])
    if replied is not None:
        earlier = conversation_of(f"{chat}:{int(replied['message_id'])}")
        if earlier is not None:
            return ConversationId(earlier.removesuffix(STOP_ASIDE))  # "Stopped." was said beside it
        root = _root(message, replied)
    return ConversationId(f"telegram:{chat}/{_topic(message) or 0}/{root}")


def _root(message: Message, replied: Message) -> int:
    """Name the first message of the chain as far as one update shows it."""
    if "message_thread_id" in message and not message.get("is_topic_message"):
        return int(message["message_thread_id"])
    return int(replied.get("reply_to_message", replied)["message_id"])
