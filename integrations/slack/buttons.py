"""Buttons beneath a post, as Block Kit; and how their presses are recognised. Pure.

A post with buttons is made of blocks: its words in sections, then one row of actions. The text itself stays beside them
for notifications and for whoever reads a conversation by the API.
"""

from collections.abc import Sequence
from typing import Any

from bot.domain.messages import Button
from integrations.slack.render import sections

ACTION = "say-"
"""What our buttons' action ids begin with; a number makes each unique in its row."""

MOST_BUTTONS = 25
"""Of one row; Slack takes no more."""

LONGEST_LABEL = 75
LONGEST_VALUE = 2000
"""Characters; Slack's own limits of a button."""


def blocks(text: str, buttons: Sequence[Button]) -> list[dict[str, Any]]:
    """Return a rendered post and its buttons as blocks; none where there is no button that Slack would take."""
    row = [_button(number, one) for number, one in enumerate(_possible(buttons), start=1)]
    if not row:
        return []
    # verbatim: no name of a channel or person in the words becomes a link. expand: no "see more" over half an answer.
    words = [
        {"type": "section", "text": {"type": "mrkdwn", "text": piece, "verbatim": True}, "expand": True}
        for piece in sections(text)
    ]
    return [*words, {"type": "actions", "elements": row}]


def _possible(buttons: Sequence[Button]) -> list[Button]:
    return [one for one in buttons if one.label.strip() and 0 < len(one.says) <= LONGEST_VALUE][:MOST_BUTTONS]


def _button(number: int, button: Button) -> dict[str, Any]:
    label = button.label if len(button.label) <= LONGEST_LABEL else f"{button.label[: LONGEST_LABEL - 1]}…"
    return {
        "type": "button",
        "action_id": f"{ACTION}{number}",
        "text": {"type": "plain_text", "text": label, "emoji": False},
        "value": button.says,
    }
