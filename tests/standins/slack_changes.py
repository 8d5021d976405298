"""What Slack sends when a person edits or deletes what they said: envelopes made from those of the first delivery."""

import time
import uuid
from collections.abc import Mapping
from typing import Any

from tests.standins.slack import BOT_USER


def edit(said: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return the `message_changed` envelope of a mention or a direct message; `text` without the mention."""
    before = _message(said)
    mention = f"<@{BOT_USER}> " if before["text"].startswith("<@") else ""
    after = {**before, "text": mention + text, "edited": {"user": before["user"], "ts": f"{int(time.time())}.000000"}}
    return _envelope(said, "message_changed", message=after, previous_message=before)


def deletion(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `message_deleted` envelope."""
    return _envelope(said, "message_deleted", previous_message=_message(said), deleted_ts=said["event"]["ts"])


def _message(said: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("user", "text", "ts", "team", "thread_ts")
    return {"type": "message", **{key: said["event"][key] for key in kept if key in said["event"]}}


def _envelope(said: Mapping[str, Any], subtype: str, **fields: Any) -> dict[str, Any]:
    now = f"{time.time():.6f}"
    channel = said["event"]["channel"]
    event = {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": channel,
        "channel_type": "im" if channel.startswith("D") else "channel",
        "ts": now,
        "event_ts": now,
        **fields,
    }
    return {**said, "event_id": f"Ev{uuid.uuid4().hex[:10].upper()}", "event_time": int(float(now)), "event": event}
