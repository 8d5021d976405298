"""The asynchronous half of one model call: runs on the model loop, hands the deltas over as they come."""

import asyncio
from collections.abc import AsyncIterable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx2
from huggingface_hub import AsyncInferenceClient, ChatCompletionStreamOutput

from bot.domain.errors import ModelUnavailable
from bot.domain.models import ChatDelta, ModelEntry
from integrations.tgi.dialect import delta_of
from integrations.tgi.failures import VENDOR_ERRORS, translate

TAIL_SECONDS = 0.5
"""How long a server may take to say the usage and end the body after it gave its finish_reason. All that we met send
the three together; one that says no usage ends its body at once, and nobody waits."""

_NO_KEY = "-"
_DROPPED = (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError)

Put = Callable[[ChatDelta], None]


def vendor_client(entry: ModelEntry, url: str) -> AsyncInferenceClient:
    """Return a client for one call: a long-lived one would keep every response that it ever opened.

    A key is always given: without one the vendor's client sends the machine's own Hugging Face token.
    """
    return AsyncInferenceClient(base_url=url, api_key=entry.api_key or _NO_KEY)


class _Teller:
    """Hands deltas over as they come, the last one with the usage, which servers send behind it or never."""

    def __init__(self, put: Put, url: str) -> None:
        self._put = put
        self._replica = urlsplit(url).netloc
        self._last: ChatDelta | None = None
        self.finished = False

    def hear(self, delta: ChatDelta) -> None:
        """Pass one on; what comes behind the finish reason, usage apart, is no part of the answer."""
        if self._last is not None:
            if delta.usage is not None:
                self._last = replace(self._last, usage=delta.usage)
                self.end()
        elif not self.finished:
            self._first(replace(delta, replica=self._replica))

    def end(self) -> None:
        """Pass the last one on as it is: nothing more comes, or not in time."""
        last, self._last = self._last, None
        if last is not None:
            self._put(last)

    def _first(self, delta: ChatDelta) -> None:
        self.finished = delta.finish_reason is not None
        if self.finished and delta.usage is None:
            self._last = delta
        else:
            self._put(delta if self.finished else replace(delta, usage=None))  # a count in mid-answer is not the whole


async def receive(entry: ModelEntry, url: str, arguments: dict[str, Any], *, put: Put, seconds: float) -> None:
    """Run one call within `seconds`; cancelling closes the socket. Raises ModelUnavailable or ModelRejected.

    An answer that has its finish reason is complete, however its stream ends.
    """
    teller = _Teller(put, url)
    try:
        async with asyncio.timeout(seconds) as limit:
            await _relay(entry, url, arguments, teller=teller, limit=limit)
    except TimeoutError as error:
        if not teller.finished:
            raise ModelUnavailable(f"{entry.name} did not finish within {seconds:.0f} s. Ask again later.") from error
    except VENDOR_ERRORS as error:
        if not teller.finished:
            raise translate(error, entry.name) from error
    finally:
        teller.end()
    if not teller.finished:
        raise ModelUnavailable(f"The answer of {entry.name} was cut before its end. Ask again.")


async def _relay(
    entry: ModelEntry, url: str, arguments: dict[str, Any], *, teller: _Teller, limit: asyncio.Timeout
) -> None:
    async with vendor_client(entry, url) as client:
        async for chunk in await _open(client, arguments):
            before = teller.finished
            if (delta := delta_of(chunk, entry.name)) is not None:
                teller.hear(delta)
            if teller.finished and not before:
                limit.reschedule(asyncio.get_running_loop().time() + TAIL_SECONDS)


async def _open(client: AsyncInferenceClient, arguments: dict[str, Any]) -> AsyncIterable[ChatCompletionStreamOutput]:
    """Send the request; once more where the connection was closed before any answer: it may have been a stale one."""
    try:
        return await client.chat_completion(**arguments)  # type: ignore[no-any-return]
    except _DROPPED:
        return await client.chat_completion(**arguments)  # type: ignore[no-any-return]
