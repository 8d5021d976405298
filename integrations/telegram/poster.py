"""Posts final replies to Telegram."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from telegram import LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, TelegramError

from bot.domain.errors import PlatformUnavailable
from bot.domain.messages import OutgoingMessage, ReplyKey
from integrations.telegram.client import TelegramClient
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.refusals import refused_formatting
from integrations.telegram.render import render
from integrations.telegram.runs import Run, html, plain
from integrations.telegram.split import split

POST_SECONDS = 45.0
REMEMBERED = 1000

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
"""What the library raises when a success is not in the shape it expects; the post was taken."""

UNNAMED = "unnamed"
"""Stands for the message id where a success could not be read."""

SLOW = "Telegram is slow: only a part of the reply is posted. The rest is kept and will follow."


@dataclass(frozen=True, slots=True)
class _Target:
    """Where one part goes."""

    chat: str
    topic: int | None
    reply_to: int | None


class TelegramPoster:
    """Posts as HTML without link previews; one request per part, and no retry but as plain text or to a moved chat.

    A reply longer than one message is posted in parts. If a part fails, the parts before it are remembered in this
    process and not posted again when the reply is retried; another process would post them again.
    """

    can_look = False

    def __init__(self, loop: TelegramLoop, *, seconds: float = POST_SECONDS) -> None:
        """seconds: the deadline of a whole reply, all parts; it must stay well below the outbox's lease."""
        self._loop, self._seconds = loop, seconds
        self._lock = threading.Lock()
        self._posted: OrderedDict[ReplyKey, list[str]] = OrderedDict()
        self._moved: dict[str, str] = {}

    def post(self, message: OutgoingMessage) -> str:
        """Post and return the names of the posts, `<chat>:<message id>`, separated by spaces.

        Raises PlatformUnavailable (not taken), DeliveryUncertain (maybe taken), PlatformRateLimited, PostRejected.
        """
        done = self._begun(message.key)
        parts = split(render(message.reply))
        deadline = time.monotonic() + self._seconds
        for position, part in enumerate(parts[len(done) :]):
            left = deadline - time.monotonic()
            if position and left < self._seconds / 4:
                # Too little time to hear the answer; a new call, under a new lease, has all of it.
                raise PlatformUnavailable(SLOW)
            done.append(self._post_part(message, part, seconds=left))
        with self._lock:
            self._posted.pop(message.key, None)
        return " ".join(done)

    def find(self, message: OutgoingMessage) -> str | None:
        """Return None: a bot cannot read a chat's history, so nobody can know.

        After DeliveryUncertain the caller must choose between a reply that may appear twice and one that may be lost.
        """
        return None

    def _begun(self, key: ReplyKey) -> list[str]:
        with self._lock:
            done = self._posted.setdefault(key, [])
            self._posted.move_to_end(key)
            while len(self._posted) > REMEMBERED:
                self._posted.popitem(last=False)
            return done

    def _post_part(self, message: OutgoingMessage, part: tuple[Run, ...], *, seconds: float) -> str:
        target = self._target(message, first=not self._begun(message.key))
        try:
            return self._loop.call(lambda client: self._placed(client, target, part), seconds=seconds)
        except (TelegramError, TimeoutError) as error:
            raise self._loop.problem(error) from self._loop.cause(error)

    def _target(self, message: OutgoingMessage, *, first: bool) -> _Target:
        address = message.address
        moved = self._moved.get(address.channel)
        # A supergroup counts its messages anew: the old id would quote a stranger.
        reply_to = address.reply_to if first and moved is None else None
        return _Target(
            chat=moved or address.channel,
            topic=int(address.thread) if address.thread else None,
            reply_to=int(reply_to) if reply_to else None,
        )

    async def _placed(self, client: TelegramClient, target: _Target, part: tuple[Run, ...]) -> str:
        """Post the part where the chat is now; a chat that moved refuses the post, so this posts once."""
        try:
            return await self._worded(client, target, part)
        except ChatMigrated as moved:
            self._moved[target.chat] = str(moved.new_chat_id)
            there = _Target(chat=str(moved.new_chat_id), topic=None, reply_to=None)
            return await self._worded(client, there, part)

    async def _worded(self, client: TelegramClient, target: _Target, part: tuple[Run, ...]) -> str:
        """Post as HTML; as plain text if Telegram refuses the formatting."""
        try:
            return await _send(client, target, html(part), parse_mode=ParseMode.HTML)
        except BadRequest as error:
            if not refused_formatting(error):
                raise
            return await _send(client, target, plain(part), parse_mode=None)


async def _send(client: TelegramClient, target: _Target, text: str, *, parse_mode: str | None) -> str:
    reply = ReplyParameters(target.reply_to, allow_sending_without_reply=True) if target.reply_to else None
    try:
        sent = await client.send_message(
            target.chat,
            text,
            parse_mode=parse_mode,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            message_thread_id=target.topic,
            reply_parameters=reply,
        )
        return f"{sent.chat.id}:{sent.message_id}"
    except UNREADABLE:
        return f"{target.chat}:{UNNAMED}"
