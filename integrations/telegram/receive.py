"""What happens to one update, however it came: parsed, kept, or set aside with a count."""

import logging
from collections.abc import Callable
from typing import Any

from bot.domain.errors import PermanentError
from bot.ports.intake import Intake
from integrations.telegram.buttons import Released, query_of, unreleased
from integrations.telegram.parse import BotIdentity, ConversationOf, Ignored, MalformedUpdate, parse

log = logging.getLogger(__name__)

MALFORMED = "malformed"
REFUSED = "refused"
POISONED = "poisoned"
"""What is counted when an update was set aside that Maru failed on again and again."""

TRIES = 3
"""Tries of an update that fails in a way nobody foresaw; the same code will fail the same way."""


def receive(
    update: Any,
    bot: BotIdentity,
    *,
    intake: Intake,
    count: Callable[[str], None],
    conversation_of: ConversationOf,
    released: Released = unreleased,
) -> None:
    """Return once the update is kept, or known to be nothing for us. Raises TransientError: nothing was kept.

    An update that can never be kept is set aside, logged by its id and counted, so that it cannot block the others.
    released: told of a pressed button once its press is dealt with; it must not wait.
    """
    try:
        event = parse(update, bot, conversation_of=conversation_of)
        if isinstance(event, Ignored):
            count(event.reason)
        else:
            intake(event)
    except MalformedUpdate as error:
        count(MALFORMED)
        log.warning("Telegram update %s cannot be read and is set aside: %s", name_of(update), error)
    except PermanentError as error:
        count(REFUSED)
        log.error("Telegram update %s cannot be kept and is set aside: %s", name_of(update), error)
    if query := query_of(update):
        released(query)


def set_aside(update: Any, count: Callable[[str], None]) -> None:
    """Give up an update that Maru failed on again and again, so that it does not hold up all others for ever."""
    count(POISONED)
    log.error("Telegram update %s is set aside: Maru failed on it %d times.", name_of(update), TRIES)


def name_of(update: Any) -> str:
    """Return what an update is called in the log: its id, never its words."""
    return str(update.get("update_id", "without id")) if isinstance(update, dict) else "without id"
