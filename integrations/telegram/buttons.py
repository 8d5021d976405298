"""Buttons beneath a post, as Telegram's inline keyboard; and the end of a button's waiting."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import TelegramError

from bot.domain.messages import Button
from integrations.telegram.client import TelegramClient
from integrations.telegram.loop import TelegramLoop

LONGEST_DATA = 64
"""Bytes of what a button says, by Telegram's own limit."""

WIDEST_ROW = 30
"""Characters of the labels that stand side by side: more would be cut off on a phone."""

MOST_ROWS = 20
LONGEST_LABEL = 64

Released = Callable[[str], None]
"""Told the id of a pressed button's query once the press is dealt with."""

_log = logging.getLogger(__name__)


def keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """Return the buttons in rows; None where there is none that Telegram would take."""
    rows: list[list[InlineKeyboardButton]] = []
    width = WIDEST_ROW
    for one in buttons:
        label = one.label.strip()[:LONGEST_LABEL]
        if not label or not 0 < len(one.says.encode()) <= LONGEST_DATA:
            _log.warning("a button was left out: Telegram takes 1 to 64 bytes, and a label")
            continue
        if width + len(label) > WIDEST_ROW:
            rows.append([])
            width = 0
        rows[-1].append(InlineKeyboardButton(label, callback_data=one.says))
        width += len(label)
    return InlineKeyboardMarkup(rows[:MOST_ROWS]) if rows else None


def keyed(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """Return the keyboard if no post of another turn can have the same; else None."""
    names = {one.says for one in buttons if one.names_turn}
    shown = keyboard(buttons) if names else None
    if shown is None or not any(one.callback_data in names for row in shown.inline_keyboard for one in row):
        return None
    return shown


def query_of(update: Any) -> str | None:
    """Return the id of the query that an update brings, None if no button was pressed."""
    query = update.get("callback_query") if isinstance(update, dict) else None
    query_id = query.get("id") if isinstance(query, dict) else None
    return query_id if isinstance(query_id, str) else None


async def release(client: TelegramClient, query_id: str) -> None:
    """Let the pressed button stop waiting. It is a courtesy: what fails is only logged."""
    try:
        await client.answer_callback_query(query_id)
    except TelegramError as error:
        _log.info("A pressed button in Telegram goes on waiting (%s).", type(error).__name__)


def releasing(loop: TelegramLoop) -> Released:
    """Return what releases buttons in the loop's own thread, and never makes anybody wait."""

    def start(query_id: str) -> None:
        try:
            loop.start(lambda client: release(client, query_id))
        except RuntimeError:  # no thread to be had
            _log.warning("A pressed button in Telegram goes on waiting: the event loop did not start.")

    return start


def unreleased(query_id: str) -> None:
    """Release nothing."""
