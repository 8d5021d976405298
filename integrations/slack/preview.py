"""A sign of life in Slack: eyes under the message that Maru works on."""

import http.client
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import BoundedSemaphore

from slack_sdk.errors import SlackApiError

from bot.domain.conversation import Address, Platform
from bot.domain.events import EventId
from integrations.slack.client import error_word, slack_client

_log = logging.getLogger(__name__)

_SIGN = "eyes"
_WELCOME = frozenset({"already_reacted"})  # another attempt at the same message has put it there


class SlackPreview:
    """The `ReplyPreview` of Slack: adds a reaction off the turn's path and leaves it there. Slash commands get none.

    When more than `most_waiting` reactions wait for Slack, further ones are dropped: they are a courtesy.
    """

    def __init__(
        self, *, bot_token: str, api_url: str, timeout_seconds: float = 5.0, threads: int = 4, most_waiting: int = 64
    ) -> None:
        self._client = slack_client(token=bot_token, api_url=api_url, timeout_seconds=timeout_seconds)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="slack-preview")
        self._room = BoundedSemaphore(most_waiting)

    @contextmanager
    def working(self, address: Address, event: EventId) -> Iterator[None]:
        """Ask for the reaction and go on at once."""
        if address.platform is Platform.SLACK and address.reply_to and not address.response_url:
            self._show(address.channel, address.reply_to)
        yield

    def stage(self, event: EventId, words: str) -> None:
        """Do nothing: a reaction has no words."""

    def close(self) -> None:
        """Drop what has not been sent and end the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _show(self, channel: str, ts: str) -> None:
        if not self._room.acquire(blocking=False):
            return
        try:
            self._threads.submit(self._react, channel, ts).add_done_callback(lambda _: self._room.release())
        except RuntimeError:  # closing
            self._room.release()

    def _react(self, channel: str, ts: str) -> None:
        try:
            self._client.reactions_add(channel=channel, name=_SIGN, timestamp=ts)
        except SlackApiError as failure:
            if error_word(failure) not in _WELCOME:
                _log.info("Slack did not take a reaction: %s", error_word(failure) or "no reason given")
        except (OSError, http.client.HTTPException) as failure:
            _log.info("A reaction did not reach Slack: %s", type(failure).__name__)
