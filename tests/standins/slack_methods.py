"""The Web API methods Maru uses, as Slack documents them: arguments, encodings and refusals. Hand-written."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.standins.slack_blocks import well_formed

_TS = re.compile(r"\d{1,10}\.\d{6}")
_CHANNEL = re.compile(r"[CDG][A-Z0-9]+")
_USER = re.compile(r"[UW][A-Z0-9]+")
LONGEST_TEXT = 4000


class Refused(Exception):
    """Slack answers `ok: false` with this word."""


@dataclass(frozen=True)
class Method:
    """json: whether a JSON body is taken (else form or query only). token: the prefix of the token it needs."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    json: bool = False
    token: str = "xoxb-"
    kinds: Mapping[str, str] = field(default_factory=dict)


_PAGING = ("cursor", "inclusive", "include_all_metadata", "latest", "limit", "oldest")
_PAGING_KINDS = {
    "channel": "channel",
    "ts": "ts",
    "latest": "ts",
    "oldest": "ts",
    "inclusive": "bool",
    "include_all_metadata": "bool",
    "limit": "int",
}

METHODS: dict[str, Method] = {
    "auth.test": Method(json=True),
    "apps.connections.open": Method(json=True, token="xapp-"),
    "chat.postMessage": Method(
        required=("channel",),
        optional=(
            "text", "blocks", "attachments", "thread_ts", "reply_broadcast", "unfurl_links", "unfurl_media",
            "icon_emoji", "icon_url", "username", "mrkdwn", "link_names", "parse", "metadata", "markdown_text",
        ),
        json=True,
        kinds={
            "channel": "channel", "thread_ts": "ts", "text": "str", "metadata": "metadata", "unfurl_links": "bool",
            "unfurl_media": "bool", "mrkdwn": "bool", "link_names": "bool", "reply_broadcast": "bool", "parse": "parse",
            "blocks": "blocks",
        },
    ),
    "chat.update": Method(
        required=("channel", "ts"),
        optional=("text", "blocks", "attachments", "link_names", "parse", "metadata", "markdown_text"),
        json=True,
        kinds={"channel": "channel", "ts": "ts", "text": "str", "metadata": "metadata", "parse": "parse"},
    ),
    "reactions.add": Method(
        required=("channel", "name", "timestamp"),
        json=True,
        kinds={"channel": "channel", "timestamp": "ts", "name": "str"},
    ),
    "users.info": Method(
        required=("user",), optional=("include_locale",), kinds={"user": "user", "include_locale": "bool"}
    ),
    "users.list": Method(
        optional=("cursor", "limit", "include_locale", "team_id"), kinds={"limit": "page", "include_locale": "bool"}
    ),
    "users.conversations": Method(
        optional=("cursor", "limit", "user", "types", "exclude_archived", "team_id"),
        kinds={"limit": "page", "user": "user", "types": "types", "exclude_archived": "bool"},
    ),
    "conversations.members": Method(
        required=("channel",), optional=("cursor", "limit"), kinds={"channel": "channel", "limit": "page"}
    ),
    "conversations.info": Method(
        required=("channel",),
        optional=("include_locale", "include_num_members"),
        kinds={"channel": "channel", "include_locale": "bool", "include_num_members": "bool"},
    ),
    "files.getUploadURLExternal": Method(
        required=("filename", "length"),
        optional=("alt_txt", "snippet_type"),
        kinds={"filename": "str", "length": "int", "alt_txt": "str"},
    ),
    "files.completeUploadExternal": Method(
        required=("files",),
        optional=("channel_id", "channels", "thread_ts", "initial_comment", "blocks"),
        kinds={"files": "files", "channel_id": "channel", "thread_ts": "ts"},
    ),
    "conversations.history": Method(required=("channel",), optional=_PAGING, kinds=_PAGING_KINDS),
    "conversations.replies": Method(required=("channel", "ts"), optional=_PAGING, kinds=_PAGING_KINDS),
}  # fmt: skip

# What a wrong value of each kind is called, where Slack has a word of its own.
_WRONG = {
    "channel": "channel_not_found",
    "ts": "invalid_ts_format",
    "user": "user_not_found",
    "blocks": "invalid_blocks",
}


def check(name: str, arguments: Mapping[str, Any], *, as_json: bool) -> None:
    """Raise Refused unless the arguments are what the method takes."""
    method = METHODS.get(name)
    if method is None:
        raise Refused("unknown_method")
    if as_json and not method.json:
        raise Refused("invalid_arguments_json_not_taken")
    unknown = set(arguments) - {*method.required, *method.optional, "token"}
    if unknown or any(arguments.get(one) in (None, "") for one in method.required):
        raise Refused("invalid_arguments")
    for key, kind in method.kinds.items():
        if key in arguments and not _fits(kind, arguments[key], as_json=as_json):
            raise Refused(_WRONG.get(kind, "invalid_arguments"))


def _fits(kind: str, value: Any, *, as_json: bool) -> bool:
    match kind:
        case "bool":
            return isinstance(value, bool) if as_json else value in ("0", "1", "true", "false")
        case "int":
            return str(value).isdigit()
        case "page":
            return str(value).isdigit() and 0 < int(value) <= 1000
        case "types":
            return set(str(value).split(",")) <= {"public_channel", "private_channel", "mpim", "im"}
        case "metadata":
            metadata = value if as_json else json.loads(value)
            return (
                isinstance(metadata, dict)
                and set(metadata) == {"event_type", "event_payload"}
                and re.fullmatch(r"[A-Za-z0-9_]+", str(metadata["event_type"])) is not None
                and isinstance(metadata["event_payload"], dict)
            )
        case "files":
            files = json.loads(value)
            return isinstance(files, list) and all(
                set(one) <= {"id", "title", "highlight_type"} and isinstance(one.get("id"), str) for one in files
            )
        case "blocks":
            return well_formed(value if as_json else json.loads(value))
        case "parse":
            return value in ("none", "full")
    pattern = {"channel": _CHANNEL, "ts": _TS, "user": _USER}.get(kind)
    return isinstance(value, str) and (pattern is None or pattern.fullmatch(value) is not None)
