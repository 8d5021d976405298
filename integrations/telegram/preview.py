"""Shows "typing…" in Telegram while Maru works."""

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from telegram.constants import ChatAction
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.domain.conversation import Address
from bot.domain.events import EventId
from bot.ports.rate_limiter import RateLimiter
from integrations.telegram import rates
from integrations.telegram.client import TelegramClient
from integrations.telegram.loop import TelegramLoop
from integrations.telegram.refusals import pause_of

EVERY_SECONDS = 4.0  # Telegram shows an action for 5 s at most

RESERVE = 2
"""Tokens of every bucket that "typing…" leaves to answers; where it finds no more, it is not shown this time."""

POINTLESS = (Forbidden, BadRequest, ChatMigrated, InvalidToken)

log = logging.getLogger(__name__)


class TelegramPreview:
    """Keeps the chat action alive; whatever fails is only logged."""

    def __init__(
        self, loop: TelegramLoop, *, limiter: RateLimiter | None = None, every_seconds: float = EVERY_SECONDS
    ) -> None:
        self._loop, self._every = loop, every_seconds
        self._limiter = limiter

    @contextmanager
    def working(self, address: Address, event: EventId) -> Iterator[None]:
        """Show "typing…" at once and until the block ends, without waiting for Telegram."""
        typing = self._started(address)
        try:
            yield
        finally:
            if typing:
                typing.cancel()

    def stage(self, event: EventId, words: str) -> None:
        """Show nothing: a chat action has no words."""

    def _started(self, address: Address) -> "Future[None] | None":
        try:
            return self._loop.start(lambda client: self._type(client, address))
        except RuntimeError:  # no thread to be had
            log.warning("No sign of life can be shown in Telegram: the event loop did not start.")
            return None

    async def _type(self, client: TelegramClient, address: Address) -> None:
        topic = int(address.thread) if address.thread else None
        while True:
            pause = self._every
            try:
                if await self._may(address.channel):
                    await client.send_chat_action(address.channel, ChatAction.TYPING, message_thread_id=topic)
            except RetryAfter as error:
                pause = max(pause, pause_of(error))
                await self._close(address.channel, pause_of(error))
            except POINTLESS as error:
                log.info("Telegram shows no sign of life in this chat (%s).", type(error).__name__)
                return
            except TelegramError as error:
                log.info("A sign of life did not reach Telegram (%s).", type(error).__name__)
            await asyncio.sleep(pause)

    async def _may(self, chat: str) -> bool:
        """Ask in another thread: this one serves every call to Telegram."""
        if self._limiter is None:
            return True
        return not await asyncio.to_thread(self._limiter.take, rates.of_chat(chat), reserve=RESERVE)

    async def _close(self, chat: str, seconds: float) -> None:
        if self._limiter is not None:
            await asyncio.to_thread(self._limiter.close, rates.of_chat(chat), seconds=seconds)
