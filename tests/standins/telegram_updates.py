"""Messages as Telegram delivers them: entities found in the text, offsets in UTF-16 units, replies one level deep."""

import re
from typing import Any

GENERAL = 1

_ENTITIES = (
    ("bot_command", re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?")),
    ("mention", re.compile(r"(?<![\w/])@[A-Za-z0-9_]{3,32}")),
)
_INSIDE_COMMAND = re.compile(r"/[A-Za-z0-9_]+@[A-Za-z0-9_]+")


def person(user: int, *, name: str = "Ana") -> dict[str, Any]:
    """Return a user who is no bot."""
    return {"id": user, "is_bot": False, "first_name": name, "language_code": "en"}


def private_message(message_id: int, text: str, *, user: int = 42, **more: Any) -> dict[str, Any]:
    """Return a text message to the bot in a private chat."""
    chat = {"id": user, "type": "private", "first_name": "Ana"}
    return _message(message_id, text, chat=chat, sender=person(user), **more)


def group_message(
    message_id: int,
    text: str,
    *,
    chat: int = -1001,
    user: int = 42,
    kind: str = "supergroup",
    topic: int | None = None,
    thread: int | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return a text message in a group. topic: a forum topic; thread: the root of a plain thread of replies."""
    message = _message(message_id, text, chat={"id": chat, "type": kind, "title": "Ops"}, sender=person(user), **more)
    if topic is not None:
        message |= {"message_thread_id": topic, "is_topic_message": True}
    elif thread is not None:
        message["message_thread_id"] = thread
    return message


def entities_in(text: str) -> list[dict[str, Any]]:
    """Return the commands and mentions that the platform would find."""
    found = [
        {"type": kind, "offset": _units(text[: match.start()]), "length": _units(match[0])}
        for kind, pattern in _ENTITIES
        for match in pattern.finditer(text)
        if kind != "mention" or not _in_command(text, match.start())
    ]
    return sorted(found, key=lambda entity: entity["offset"])


def _in_command(text: str, at: int) -> bool:
    return any(match.start() < at < match.end() for match in _INSIDE_COMMAND.finditer(text))


def _message(
    message_id: int,
    text: str,
    *,
    chat: dict[str, Any],
    sender: dict[str, Any],
    reply_to: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    message = {"message_id": message_id, "date": 1_750_000_000, "chat": chat, "from": sender, "text": text}
    entities = entities_in(text)
    if entities:
        message["entities"] = entities
    if reply_to is not None:
        message["reply_to_message"] = {key: value for key, value in reply_to.items() if key != "reply_to_message"}
    return message | more


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
