"""Posts final replies to Telegram."""

import logging
from base64 import b64decode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import KW_ONLY, dataclass, replace

from telegram import LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, TelegramError

from bot.domain.errors import PostRejected
from bot.domain.messages import Button, OutgoingMessage, Picture, ReplyKey
from bot.ports.chat_poster import Post
from bot.ports.rate_limiter import Rate
from bot.ports.traces import TraceBook
from integrations.telegram import look, rates
from integrations.telegram.buttons import keyboard, keyed
from integrations.telegram.client import TelegramClient
from integrations.telegram.look import UNNAMED, UNREADABLE
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.refusals import Policy, left_no_trace, policy_of
from integrations.telegram.render import render
from integrations.telegram.runs import Run, html, plain
from integrations.telegram.split import LIMIT, split

POST_SECONDS = 12.0

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
    A post whose keyboard names its turn can be looked for, no other: an edit that compares words may overwrite some.
    """

    def __init__(self, loop: TelegramLoop, *, traces: TraceBook | None = None, seconds: float = POST_SECONDS) -> None:
        """seconds: the deadline of one post or one look; it must stay well below the outbox's lease.

        traces: where a doubtful post may stand; without it nothing is looked for.
        """
        self.seconds = seconds
        self.traces = traces
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
                key=message.key,
                after=first.reply_to,
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

    def sought(self, post: "TelegramPost", traces: TraceBook) -> str | None:
        """Look for the post, once. Raises what `TelegramPost.find` raises.

        A look that may have left the keyboard somewhere is not ended, so no later one takes that place for the post's.
        """
        chat, under, known = post.target.chat, keyed(post.buttons), traces.begin(post.key)
        if under is None or known is None:
            return None
        likely = look.candidates(chat, known, after=post.after)
        others = traces.ours([f"{chat}:{one}" for one in likely])
        among = [one for one in likely if f"{chat}:{one}" not in others][: look.MOST_ASKED]
        try:
            number = self._loop.call(lambda client: look.found(client, chat, under, among=among), seconds=self.seconds)
        except look.Misplaced as other:
            _log.warning("another post's buttons were taken away: Maru did not know of it", extra={"post": str(other)})
            return None
        except ChatMigrated as moved:
            self._moved[chat] = str(moved.new_chat_id)
            number = None
        except (TelegramError, TimeoutError) as error:
            if left_no_trace(error):
                traces.end(post.key, gone=False)
            raise self._loop.problem(error, sending=False) from self._loop.cause(error)
        if number is None:
            traces.end(post.key, gone=True)
            return None
        _log.info("a doubtful reply was found", extra={"post": f"{chat}:{number}", "asked": among.index(number) + 1})
        return f"{chat}:{number}"

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
    """The `Post` of Telegram. after: the message that is answered."""

    poster: TelegramPoster
    target: _Target
    part: tuple[Run, ...]
    buttons: tuple[Button, ...] = ()
    _: KW_ONLY
    key: ReplyKey
    after: int | None

    sees_all = False

    @property
    def can_look(self) -> bool:
        """Tell whether its keyboard is a key to it."""
        return self.poster.traces is not None and keyed(self.buttons) is not None

    @property
    def rates(self) -> Sequence[Rate]:
        """The chat's rate, the group's, and everybody's."""
        return rates.of_chat(self.target.chat)

    @property
    def looking_rates(self) -> Sequence[Rate]:
        """A look takes as much as a post: nobody sees what it asks in vain, and Telegram's 429 is the wall."""
        return self.rates if self.can_look else ()

    def send(self) -> str:
        """Send it and return its name, `<chat>:<message id>`.

        Raises PlatformUnavailable (not taken), DeliveryUncertain (maybe taken), PlatformRateLimited,
        PlatformUnauthorised, PostRejected.
        """
        return self.poster.place(self.target, lambda client, target: _worded(client, target, self))

    def find(self) -> str | None:
        """Return its name if it carries a keyed keyboard and stands where it was looked for; else None (look.py).

        After None the caller must choose between a reply that may appear twice and one that may be lost.
        Raises PlatformUnavailable, PlatformRateLimited, PlatformUnauthorised, PostRejected, DatabaseUnavailable.
        """
        return self.poster.sought(self, self.poster.traces) if self.poster.traces else None


@dataclass(frozen=True, slots=True)
class TelegramPicture:
    """The `Post` of a picture. It comes after the words, which say the same: a chat without pictures loses nothing."""

    poster: TelegramPoster
    target: _Target
    picture: Picture

    can_look = False
    sees_all = False

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
