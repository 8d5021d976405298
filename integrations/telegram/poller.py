"""Long polling that keeps before it confirms.

The library's own Updater confirms updates that still sit in memory. Here an update is confirmed by the next call, and
the offset in that call grows only past updates that Intake has committed. After a crash Telegram delivers the rest
again, and Intake recognises what it knows.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from telegram import BotCommand
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.domain.errors import TransientError
from bot.ports.clock import Clock
from bot.ports.intake import Intake
from bot.ports.leadership import Leadership
from integrations.telegram.buttons import release
from integrations.telegram.client import TelegramClient, connect, scrubbed
from integrations.telegram.parse import ALLOWED_UPDATES, BotIdentity, ConversationOf, unknown
from integrations.telegram.receive import TRIES, receive, set_aside
from integrations.telegram.refusals import REFUSED_TOKEN, pause_of
from integrations.telegram.words import COMMANDS, KOREAN_MENU

log = logging.getLogger(__name__)

STOP_LATENCY_SECONDS = 0.2
COMMANDS_SECONDS = 10.0

CONFLICT = (
    "Telegram reports that this bot is polled twice, or has a webhook ({words}): another program than this Maru uses "
    "its token. Nothing is lost. Let one process only use this token; polling goes on after a pause."
)
STANDBY = "Another process of this Maru polls Telegram; this one takes over when that one ends."
UNREACHABLE = "Telegram cannot be polled ({words}). Nothing is lost: it keeps updates for 24 hours. Trying again."


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds.

    poll: how long a call may wait for news, at most 50. margin: what the network may add to it.
    first_pause doubles with each failure up to longest_pause; refused_pause follows a refused token.
    elect: how often it is asked whether this process may poll.
    """

    poll: int = 50
    margin: float = 10.0
    first_pause: float = 1.0
    longest_pause: float = 30.0
    refused_pause: float = 60.0
    elect: float = 5.0


class TelegramPoller:
    """Fetches updates and hands them to Intake, in order; of several with one `leadership` one polls, the rest wait."""

    def __init__(
        self,
        token: str,
        *,
        api_url: str,
        intake: Intake,
        count: Callable[[str], None],
        clock: Clock,
        jitter: Callable[[], float],
        conversation_of: ConversationOf = unknown,
        leadership: Leadership | None = None,
        pace: Pace | None = None,
        proxy: str | None = None,
    ) -> None:
        """jitter: a factor around 1 for each pause. count: told the reason of every update that became no event."""
        self._token, self._api_url, self._proxy = token, api_url, proxy
        self._intake, self._count, self._conversation_of = intake, count, conversation_of
        self._clock, self._jitter, self._pace = clock, jitter, pace or Pace()
        self._leadership = leadership
        self._offset: int | None = None
        self._failures = 0
        self._menu_shown = False
        self._releases: set[asyncio.Task[None]] = set()
        self.last_success: float | None = None
        """Monotonic time of the last poll that Telegram answered; None before the first. For health checks."""
        self.trouble: str | None = None
        """Why polling does not work right now, in words."""

    def run(self, stop: threading.Event) -> None:
        """Poll until `stop` is set. Only a bug ends it earlier, by raising."""
        asyncio.run(self._run(stop))

    async def _run(self, stop: threading.Event) -> None:
        client = connect(self._token, api_url=self._api_url, proxy=self._proxy)
        polling = asyncio.create_task(self._poll_for_ever(client))
        try:
            while not stop.is_set() and not polling.done():
                await asyncio.wait({polling}, timeout=STOP_LATENCY_SECONDS)
        finally:
            polling.cancel()
            outcome = await asyncio.gather(polling, return_exceptions=True)
            for task in self._releases:
                task.cancel()
            await asyncio.gather(*self._releases, return_exceptions=True)
            await client.close_connections()
            if self._leadership is not None:
                await asyncio.to_thread(self._leadership.give_up)
        if isinstance(outcome[0], BaseException) and not isinstance(outcome[0], asyncio.CancelledError):
            raise outcome[0]

    async def _poll_for_ever(self, client: TelegramClient) -> None:
        while True:
            try:
                if await self._leads():
                    await self._while_leading(client)
                else:
                    self.trouble = STANDBY
                    await asyncio.sleep(self._pace.elect)
            except (TelegramError, TimeoutError) as error:
                await asyncio.sleep(self._setback(error))

    async def _leads(self, *, unknown: bool = False) -> bool:
        """Tell whether this process may poll; `unknown`: the answer while the database, where it is kept, is away."""
        if self._leadership is None:
            return True
        try:
            return await asyncio.to_thread(self._leadership.held)
        except TransientError as error:
            log.warning("It is not known who polls Telegram: %s", error)
            return unknown

    async def _while_leading(self, client: TelegramClient) -> None:
        """Poll until something fails or another process leads."""
        session = asyncio.create_task(self._session(client))
        try:
            while not session.done():
                await asyncio.wait({session}, timeout=self._pace.elect)
                # While nobody can be elected, nothing can be kept either: going on harms nobody.
                if not session.done() and not await self._leads(unknown=True):
                    log.warning("%s", STANDBY)
                    return
            await session
        finally:
            session.cancel()
            await asyncio.gather(session, return_exceptions=True)

    async def _session(self, client: TelegramClient) -> None:
        """Poll until something fails."""
        await client.initialize()
        webhook = await client.get_webhook_info()
        if webhook.url:
            log.warning("A webhook was set for this bot; it is removed, because this Maru polls.")
            await client.delete_webhook(drop_pending_updates=False)
        await self._show_menu(client)
        bot = BotIdentity(id=client.id, username=client.username)
        while True:
            updates = await self._fetch(client)
            self.last_success, self.trouble, self._failures = self._clock.monotonic(), None, 0
            before = self._offset
            for update in updates:
                await self._take(update, bot, client)
            if updates and self._offset == before:
                raise TelegramError("no update in the answer has an update_id")

    async def _fetch(self, client: TelegramClient) -> list[Any]:
        pace = self._pace
        async with asyncio.timeout(pace.poll + 2 * pace.margin):
            return await client.raw_updates(
                offset=self._offset, allowed=ALLOWED_UPDATES, seconds=pace.poll, margin_seconds=pace.margin
            )

    async def _take(self, update: Any, bot: BotIdentity, client: TelegramClient) -> None:
        """Keep one update, however long the database is away, and only then move the offset past it."""
        tries = failures = 0
        while True:
            try:
                receive(
                    update,
                    bot,
                    intake=self._intake,
                    count=self._count,
                    conversation_of=self._conversation_of,
                    released=lambda query: self._release(client, query),
                )
                break
            except TransientError as error:
                log.warning("An update from Telegram could not be kept yet, it will be tried again: %s", error)
            except Exception:  # the edge of an update: one that Maru fails on must not hold up all others for ever
                failures += 1
                log.exception("Maru failed on an update from Telegram, try %d", failures)
                if failures >= TRIES:
                    set_aside(update, self._count)
                    break
            await asyncio.sleep(self._pause(tries))
            tries += 1
        if isinstance(update, dict) and isinstance(update.get("update_id"), int):
            self._offset = update["update_id"] + 1

    def _release(self, client: TelegramClient, query: str) -> None:
        """Let a pressed button stop waiting, beside the polling."""
        task = asyncio.create_task(release(client, query))
        self._releases.add(task)  # a task that nobody holds may vanish
        task.add_done_callback(self._releases.discard)

    async def _show_menu(self, client: TelegramClient) -> None:
        """Publish the command menu once; polling does not depend on it."""
        if self._menu_shown:
            return
        try:
            await client.set_my_commands(_menu(COMMANDS))
            await client.set_my_commands(_menu(KOREAN_MENU), language_code="ko")
            self._menu_shown = True
        except TelegramError as error:
            log.warning("The command menu could not be set: %s", scrubbed(error, self._token))

    def _setback(self, error: Exception) -> float:
        """Say what is wrong and return how long to wait."""
        words = scrubbed(error, self._token)
        if isinstance(error, InvalidToken):
            self.trouble, pause = REFUSED_TOKEN, self._pace.refused_pause * self._jitter()
        elif isinstance(error, RetryAfter):
            self.trouble, pause = UNREACHABLE.format(words=words), pause_of(error)
        else:
            template = CONFLICT if isinstance(error, Conflict) else UNREACHABLE
            self.trouble, pause = template.format(words=words), self._pause(self._failures)
        self._failures += 1
        log.error("%s", self.trouble)
        return pause

    def _pause(self, failures: int) -> float:
        return min(self._pace.longest_pause, self._pace.first_pause * 2.0 ** min(failures, 30)) * self._jitter()


def _menu(commands: Mapping[str, str]) -> list[BotCommand]:
    return [BotCommand(name, words) for name, words in commands.items()]
