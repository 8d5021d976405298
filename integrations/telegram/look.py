"""Looks for a post of ours that may stand in a chat already, where nobody can read what stands there.

The keyboard under an answer names its turn (`/why <reference>`), so no other post has the same. Telegram refuses an
edit that would change nothing in words of its own: "message is not modified". So the edit that gives a message the
very keyboard that the answer was sent with is refused in these words for the answer, and in others for what is not
there or not ours. Only a post of ours that nobody knows of would be changed by it: such a one is not asked
(`candidates`), and if it happens all the same, its keyboard is taken away and the look ends for good (`Misplaced`).

Which messages are asked: Telegram numbers the messages of all private chats and small groups of an account by one
growing counter, and those of each supergroup by one of its own. That was observed, and the makers of client libraries
write it down; Telegram promises only that a number names one message of its chat. Should it ever count otherwise, or
say other words, nothing is found, and a doubtful reply is posted once more, as one without such a keyboard always is.
"""

import asyncio
import re
from collections.abc import Sequence
from itertools import count, islice

from telegram import InlineKeyboardMarkup
from telegram.error import BadRequest, TelegramError

from bot.ports.traces import Traces
from integrations.telegram.client import TelegramClient
from integrations.telegram.refusals import left_no_trace

MOST_ASKED = 24
"""Messages asked for one reply, besides those known to be others: two or three seconds of edits, when in doubt.
Where more came between that no row knows (in a busy group, what is not said to Maru), the reply is not found."""

AT_ONCE = 4
"""Messages asked at the same time. Mostly it is among the first, and a look that takes long may be broken off."""

MOST_LIKELY = 4 * MOST_ASKED
"""Messages among which those to be asked are, before what replies are known to have posted is left out."""

UNNAMED = "unnamed"
"""Stands for the message id where a success could not be read."""

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
"""What the library raises when a success is not in the shape it expects; it was done."""

_SUPERGROUPS_BELOW = -(10**12)
_NAME = re.compile(r"(?:telegram:)?(-?\d{1,19}):(\d{1,18})")
_UNCHANGED = re.compile(r"message[ _](is )?not[ _]modified", re.IGNORECASE)


class Misplaced(Exception):
    """The keyboard was put under another post of ours. It was taken away again, if Telegram did not refuse that."""


def candidates(chat: str, traces: Traces, *, after: int | None) -> Sequence[int]:
    """Return the messages of the chat that may be the one, likeliest first; none where another unknown post is. Pure.

    after: the message that was answered; it is older.
    """
    if traces.murky or f"{chat}:{UNNAMED}" in (*traces.before, *traces.since):
        return ()
    ours = _counter(chat)
    before, since = (
        {number for one, number in _numbers(names) if one == ours} for names in (traces.before, traces.since)
    )
    older = before if after is None else before | {after}
    return list(islice((one for one in count(max(older) + 1) if one not in since), MOST_LIKELY)) if older else ()


async def found(
    client: TelegramClient, chat: str, keyboard: InlineKeyboardMarkup, *, among: Sequence[int]
) -> int | None:
    """Return which of the messages carries exactly this keyboard, None if none does.

    Raises Misplaced, and TelegramError, after which the keyboard may stand somewhere (see `left_no_trace`).
    """
    for start in range(0, len(among), AT_ONCE):
        numbers = among[start : start + AT_ONCE]
        asking = (_carries(client, chat, number, keyboard=keyboard) for number in numbers)
        answers = await asyncio.gather(*asking, return_exceptions=True)
        for number, answer in zip(numbers, answers, strict=True):
            if answer is True:
                return number
        failures = [answer for answer in answers if isinstance(answer, BaseException)]
        if failures:
            raise min(failures, key=left_no_trace)  # one that may have left a trace counts more than any refusal
    return None


async def _carries(client: TelegramClient, chat: str, number: int, *, keyboard: InlineKeyboardMarkup) -> bool:
    """Ask one message."""
    try:
        await client.edit_message_reply_markup(chat, number, reply_markup=keyboard)
    except BadRequest as refusal:
        return _UNCHANGED.search(str(refusal)) is not None
    except UNREADABLE:
        await _misplaced(client, chat, number)
    else:
        await _misplaced(client, chat, number)
    return False


async def _misplaced(client: TelegramClient, chat: str, number: int) -> None:
    """Take the keyboard away again, for a wrong button is worse than none, and raise Misplaced."""
    try:
        await client.edit_message_reply_markup(chat, number, reply_markup=None)
    except (TelegramError, *UNREADABLE) as error:
        raise Misplaced(f"{chat}:{number}") from error
    raise Misplaced(f"{chat}:{number}")


def _counter(chat: str) -> str:
    """Name what numbers the messages of a chat: "" is the account's own counter."""
    return chat if chat.startswith("@") or int(chat) < _SUPERGROUPS_BELOW else ""


def _numbers(names: Sequence[str]) -> list[tuple[str, int]]:
    """Return counter and number of each message; what names none (a press, a picture not shown) is left out."""
    named = [match for name in names if (match := _NAME.fullmatch(name))]
    return [(_counter(match[1]), int(match[2])) for match in named]
