"""A sign of life in Slack: eyes under the message that Maru works on."""

import http.client
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from threading import BoundedSemaphore, Thread

from slack_sdk.errors import SlackApiError

from bot.domain.conversation import Address, Platform
from bot.domain.errors import PlatformRateLimited
from bot.domain.events import EventId
from bot.ports.rate_limiter import RateLimiter
from integrations.slack import rates
from integrations.slack.client import error_word, meaning_of, slack_client

_RESERVE = 3
"""Tokens that a reaction leaves in the bucket: the limits are for answers first."""

_log = logging.getLogger(__name__)

_SIGN = "eyes"
_WELCOME = frozenset({"already_reacted"})  # another attempt at the same message has put it there


PATIENCE_SECONDS = 0.3
"""A turn that ends sooner needs no sign: the answer is one, and Slack's limits are for answers first."""


@dataclass(slots=True)
class _Working:
    """A message that is worked on. due: when it gets its sign (monotonic seconds)."""

    address: Address
    ts: str
    due: float
    over: bool = False


class SlackPreview:
    """The `ReplyPreview` of Slack: adds a reaction off the turn's path and leaves it there. Slash commands get none.

    When more than `most_waiting` reactions wait for Slack, further ones are dropped, and so is what Slack would find
    too often: they are a courtesy.
    """

    def __init__(
        self,
        *,
        bot_token: str,
        api_url: str,
        limiter: RateLimiter | None = None,
        timeout_seconds: float = 5.0,
        threads: int = 4,
        most_waiting: int = 64,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._client = slack_client(token=bot_token, api_url=api_url, timeout_seconds=timeout_seconds)
        self._limiter = limiter
        self._patience = patience_seconds
        self._begun: SimpleQueue[_Working] = SimpleQueue()
        Thread(target=self._watch, name="slack-patience", daemon=True).start()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="slack-preview")
        self._room = BoundedSemaphore(most_waiting)

    @contextmanager
    def working(self, address: Address, event: EventId) -> Iterator[None]:
        """Ask for the reaction, should this take a while, and go on at once."""
        if address.platform is not Platform.SLACK or not address.reply_to or address.response_url:
            yield
            return
        one = _Working(address, address.reply_to, time.monotonic() + self._patience)
        self._begun.put(one)
        try:
            yield
        finally:
            one.over = True

    def stage(self, event: EventId, words: str) -> None:
        """Do nothing: a reaction has no words."""

    def close(self) -> None:
        """Drop what has not been sent and end the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _watch(self) -> None:
        """Sleep until the oldest is due; all have the same patience, so none behind it is due earlier."""
        while True:
            one = self._begun.get()
            time.sleep(max(one.due - time.monotonic(), 0.0))
            if not one.over:
                self._show(one.address, one.ts)

    def _show(self, address: Address, ts: str) -> None:
        if not self._room.acquire(blocking=False):
            return
        try:
            self._threads.submit(self._react, address, ts).add_done_callback(lambda _: self._room.release())
        except RuntimeError:  # closing
            self._room.release()

    def _react(self, address: Address, ts: str) -> None:
        rate = (rates.method(address, "reactions.add"),)
        if self._limiter and self._limiter.take(rate, reserve=_RESERVE):
            return
        try:
            self._client.reactions_add(channel=address.channel, name=_SIGN, timestamp=ts)
        except SlackApiError as failure:
            trouble = meaning_of("A reaction", failure)
            if self._limiter and isinstance(trouble, PlatformRateLimited):
                self._limiter.close(rate, seconds=trouble.retry_after)
            if error_word(failure) not in _WELCOME:
                _log.info("Slack did not take a reaction: %s", error_word(failure) or "no reason given")
        except (OSError, http.client.HTTPException) as failure:
            _log.info("A reaction did not reach Slack: %s", type(failure).__name__)
