"""One private event-loop thread per process, holding the one client that poster and preview share."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from telegram.error import TelegramError

from bot.domain.errors import MaruError
from integrations.telegram.client import TelegramClient, connect, safe_cause
from integrations.telegram.parse import BotIdentity
from integrations.telegram.refusals import translated

T = TypeVar("T")
Job = Callable[[TelegramClient], Coroutine[Any, Any, T]]

IDENTITY_SECONDS = 15.0
GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Running:
    loop: asyncio.AbstractEventLoop
    thread: threading.Thread
    client: TelegramClient


class TelegramLoop:
    """Runs jobs on the client, from any thread. It starts with the first job, so a process may fork before that."""

    def __init__(self, token: str, *, api_url: str, proxy: str | None = None) -> None:
        self._token, self._api_url, self._proxy = token, api_url, proxy
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._identity: BotIdentity | None = None

    def call(self, job: Job[T], *, seconds: float) -> T:
        """Run the job and return its result. Raises TimeoutError after `seconds`, and what the job raises."""

        async def bounded(client: TelegramClient) -> T:
            async with asyncio.timeout(seconds):
                return await job(client)

        future = self.start(bounded)
        try:
            return future.result(seconds + GRACE_SECONDS)
        finally:
            future.cancel()

    def start(self, job: Job[T]) -> "Future[T]":
        """Start the job and return at once; cancelling the future stops it."""
        running = self._started()
        return asyncio.run_coroutine_threadsafe(job(running.client), running.loop)

    def identity(self) -> BotIdentity:
        """Return who we are, asking Telegram once. Raises PlatformUnavailable or PlatformRateLimited."""
        if self._identity is None:
            try:
                user = self.call(lambda client: client.get_me(), seconds=IDENTITY_SECONDS)
            except (TelegramError, TimeoutError) as error:
                raise self.problem(error, sending=False) from safe_cause(error, self._token)
            self._identity = BotIdentity(id=user.id, username=user.username or "")
        return self._identity

    def problem(self, error: BaseException, *, sending: bool = True) -> MaruError:
        """Put a vendor error into our tree and our words, without the token."""
        return translated(error, token=self._token, sending=sending)

    def cause(self, error: BaseException) -> BaseException | None:
        """Return what may be chained to an error of ours without showing the token."""
        return safe_cause(error, self._token)

    def close(self) -> None:
        """Stop the thread and close the connections. Safe to repeat; a later job starts it again."""
        with self._lock:
            running, self._running = self._running, None
        if running is None:
            return
        asyncio.run_coroutine_threadsafe(_wind_down(running.client), running.loop).result(GRACE_SECONDS)
        running.loop.call_soon_threadsafe(running.loop.stop)
        running.thread.join(GRACE_SECONDS)

    def _started(self) -> _Running:
        with self._lock:
            if self._running is None:
                loop = asyncio.new_event_loop()
                thread = threading.Thread(target=_serve, args=(loop,), name="telegram", daemon=True)
                thread.start()
                client = connect(self._token, api_url=self._api_url, proxy=self._proxy)
                self._running = _Running(loop, thread, client)
            return self._running


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _wind_down(client: TelegramClient) -> None:
    """Cancel what still runs on this loop, then close the connections."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await client.close_connections()
