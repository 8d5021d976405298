"""Posts final replies to Telegram."""

import logging
from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from telegram import LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, TelegramError

from bot.domain.errors import PostRejected
from bot.domain.messages import Button, OutgoingMessage, Picture
from bot.ports.chat_poster import Post
from bot.ports.rate_limiter import Rate
from integrations.telegram import rates
from integrations.telegram.buttons import keyboard
from integrations.telegram.client import TelegramClient
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.refusals import Policy, policy_of
from integrations.telegram.render import render
from integrations.telegram.runs import Run, html, plain
from integrations.telegram.split import LIMIT, split

POST_SECONDS = 12.0

UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)
"""What the library raises when a success is not in the shape it expects; the post was taken."""

UNNAMED = "unnamed"
"""Stands for the message id where a success could not be read."""


UNSHOWN = "unshown"
"""Stands for the message id of a picture that the chat refused."""

LONGEST_CAPTION = 1024
"""Characters; Telegram counts them after it has read the formatting, of which a caption has none."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Target:
    """Where one part goes."""

    chat: str
    topic: int | None
    reply_to: int | None


_Way = Callable[[TelegramClient, _Target], Awaitable[str]]
"""Posts at a place and returns the post's name."""


class TelegramPoster:
    """Posts as HTML without link previews; a reply longer than one message is posted in parts, only the first quotes.

    One request a part, and no retry but as plain text, in pieces, or to a moved chat. Where chats moved is remembered
    in this process; another one is told by Telegram at its first post there. References are `<chat>:<message id>`.
    """

    def __init__(self, loop: TelegramLoop, *, seconds: float = POST_SECONDS) -> None:
        """seconds: the deadline of one post; it must stay well below the outbox's lease."""
        self.seconds = seconds
        self._loop = loop
        self._moved: dict[str, str] = {}

    def posts(self, message: OutgoingMessage) -> Sequence[Post]:
        """Return the reply's posts in order: the words, and then the picture."""
        address = message.address
        moved = self._moved.get(address.channel)
        first = _Target(
            chat=moved or address.channel,
            topic=int(address.thread) if address.thread else None,
            # A supergroup counts its messages anew: the old id would quote a stranger.
            reply_to=int(address.reply_to) if address.reply_to and moved is None else None,
        )
        parts = split(render(message.reply))
        words: list[Post] = [
            TelegramPost(
                self,
                first if number == 1 else replace(first, reply_to=None),
                part,
                message.reply.buttons if number == len(parts) else (),
            )
            for number, part in enumerate(parts, start=1)
        ]
        picture = message.reply.picture
        return words if picture is None else [*words, TelegramPicture(self, replace(first, reply_to=None), picture)]

    def place(self, target: _Target, post: _Way) -> str:
        """Post now. Raises what `TelegramPost.send` raises."""
        try:
            return self._loop.call(lambda client: self._placed(client, target, post), seconds=self.seconds)
        except (TelegramError, TimeoutError) as error:
            raise self._loop.problem(error) from self._loop.cause(error)

    async def _placed(self, client: TelegramClient, target: _Target, post: _Way) -> str:
        """Post where the chat is now; a chat that moved refuses the post, so this posts once."""
        target = replace(target, chat=self._moved.get(target.chat, target.chat))
        try:
            return await post(client, target)
        except ChatMigrated as moved:
            self._moved[target.chat] = str(moved.new_chat_id)
            there = _Target(chat=str(moved.new_chat_id), topic=None, reply_to=None)
            return await post(client, there)


@dataclass(frozen=True, slots=True)
class TelegramPost:
    """The `Post` of Telegram."""

    poster: TelegramPoster
    target: _Target
    part: tuple[Run, ...]
    buttons: tuple[Button, ...] = ()

    can_look = False

    @property
    def rates(self) -> Sequence[Rate]:
        """The chat's rate, the group's, and everybody's."""
        return rates.of_chat(self.target.chat)

    @property
    def looking_rates(self) -> Sequence[Rate]:
        """Nothing is asked."""
        return ()

    def send(self) -> str:
        """Send it and return its name, `<chat>:<message id>`.

        Raises PlatformUnavailable (not taken), DeliveryUncertain (maybe taken), PlatformRateLimited,
        PlatformUnauthorised, PostRejected.
        """
        return self.poster.place(self.target, lambda client, target: _worded(client, target, self))

    def find(self) -> str | None:
        """Return None: a bot cannot read a chat's history, so nobody can know.

        After DeliveryUncertain the caller must choose between a reply that may appear twice and one that may be lost.
        """
        return None


@dataclass(frozen=True, slots=True)
class TelegramPicture:
    """The `Post` of a picture. It comes after the words, which say the same: a chat without pictures loses nothing."""

    poster: TelegramPoster
    target: _Target
    picture: Picture

    can_look = False

    @property
    def rates(self) -> Sequence[Rate]:
        """The chat's rate, the group's, and everybody's."""
        return rates.of_chat(self.target.chat)

    @property
    def looking_rates(self) -> Sequence[Rate]:
        """Nothing is asked."""
        return ()

    def send(self) -> str:
        """Show it and return its name, `<chat>:<message id>`; `<chat>:unshown` where the chat takes no pictures.

        Raises PlatformUnavailable, DeliveryUncertain, PlatformRateLimited, PlatformUnauthorised.
        """
        try:
            return self.poster.place(self.target, lambda client, target: _shown(client, target, self.picture))
        except PostRejected as refusal:
            _log.warning("picture not shown", extra={"why": str(refusal)})
            return f"{self.target.chat}:{UNSHOWN}"

    def find(self) -> str | None:
        """Return None: nobody can know."""
        return None


async def _shown(client: TelegramClient, target: _Target, picture: Picture) -> str:
    try:
        sent = await client.send_photo(
            target.chat,
            b64decode(picture.png),
            caption=plain([Run(picture.alt)])[:LONGEST_CAPTION],
            filename=f"{picture.name}.png",
            message_thread_id=target.topic,
        )
        return f"{sent.chat.id}:{sent.message_id}"
    except UNREADABLE:
        return f"{target.chat}:{UNNAMED}"


async def _worded(client: TelegramClient, target: _Target, post: TelegramPost) -> str:
    """Post as HTML; as plain text if Telegram refuses the formatting, and in halves if it finds it too long."""
    part, under = post.part, post.buttons
    try:
        return await _send(client, target, html(part), parse_mode=ParseMode.HTML, under=under)
    except BadRequest as error:
        policy = policy_of(error)
        if policy is Policy.PLAIN:
            return await _send(client, target, plain(part), parse_mode=None, under=under)
        if policy is not Policy.SPLIT:
            raise
    first, *rest = split(part, limit=LIMIT // 2)
    reference = await _send(client, target, html(first), parse_mode=ParseMode.HTML, under=() if rest else under)
    for number, piece in enumerate(rest, start=1):
        last = number == len(rest)
        aside = replace(target, reply_to=None)
        await _send(client, aside, html(piece), parse_mode=ParseMode.HTML, under=under if last else ())
    return reference


async def _send(
    client: TelegramClient, target: _Target, text: str, *, parse_mode: str | None, under: Sequence[Button]
) -> str:
    reply = ReplyParameters(target.reply_to, allow_sending_without_reply=True) if target.reply_to else None
    try:
        sent = await client.send_message(
            target.chat,
            text,
            parse_mode=parse_mode,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            message_thread_id=target.topic,
            reply_parameters=reply,
            reply_markup=keyboard(under),
        )
        return f"{sent.chat.id}:{sent.message_id}"
    except UNREADABLE:
        return f"{target.chat}:{UNNAMED}"
