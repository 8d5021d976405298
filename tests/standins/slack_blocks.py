"""The blocks Maru uses, as Slack documents them: sections and rows of buttons. Anything else is refused."""

from typing import Any

_BUTTON = {"type", "action_id", "text", "value"}
_PLAIN = {"type", "text", "emoji"}
_MRKDWN = {"type", "text", "verbatim"}


def well_formed(blocks: Any) -> bool:
    """Tell whether Slack would take these blocks."""
    if not isinstance(blocks, list) or not 0 < len(blocks) <= 50:
        return False
    return all(isinstance(block, dict) and _block(block) for block in blocks)


def buttons_in(blocks: Any) -> list[dict[str, Any]]:
    """Return the buttons of a post, in order."""
    return [one for block in blocks or () if block["type"] == "actions" for one in block["elements"]]


def _block(block: dict[str, Any]) -> bool:
    match block.get("type"):
        case "section":
            fits = set(block) == {"type", "text", "expand"} and isinstance(block["expand"], bool)
            return fits and _text(block["text"], "mrkdwn", _MRKDWN, 3000)
        case "actions":
            elements = block.get("elements")
            if set(block) != {"type", "elements"} or not isinstance(elements, list) or not 0 < len(elements) <= 25:
                return False
            ids = [one.get("action_id") for one in elements]
            return len(set(ids)) == len(ids) and all(_button(one) for one in elements)
    return False


def _button(one: dict[str, Any]) -> bool:
    if set(one) != _BUTTON or one["type"] != "button" or not _text(one["text"], "plain_text", _PLAIN, 75):
        return False
    return 0 < len(one["action_id"]) <= 255 and isinstance(one["value"], str) and 0 < len(one["value"]) <= 2000


def _text(text: Any, kind: str, fields: set[str], most: int) -> bool:
    return isinstance(text, dict) and set(text) == fields and text["type"] == kind and 0 < len(text["text"]) <= most
