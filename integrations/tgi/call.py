"""The asynchronous half of one model call: runs on the model loop, hands the deltas over as they come."""

import asyncio
from collections.abc import AsyncIterable, Callable
from typing import Any

import httpx2
from huggingface_hub import AsyncInferenceClient, ChatCompletionStreamOutput

from bot.domain.errors import ModelUnavailable
from bot.domain.models import ChatDelta, ModelEntry
from integrations.tgi.dialect import delta_of
from integrations.tgi.failures import VENDOR_ERRORS, translate

TAIL_SECONDS = 0.5
"""How long a server may take to end the body after it gave its finish_reason; nobody waits for it."""

_NO_KEY = "-"
_DROPPED = (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError)

Put = Callable[[ChatDelta], None]


def vendor_client(entry: ModelEntry, url: str) -> AsyncInferenceClient:
    """Return a client for one call: a long-lived one would keep every response that it ever opened.

    A key is always given: without one the vendor's client sends the machine's own Hugging Face token.
    """
    return AsyncInferenceClient(base_url=url, api_key=entry.api_key or _NO_KEY)


async def receive(entry: ModelEntry, url: str, arguments: dict[str, Any], *, put: Put, seconds: float) -> None:
    """Run one call within `seconds`; cancelling closes the socket. Raises ModelUnavailable or ModelRejected."""
    try:
        async with asyncio.timeout(seconds) as limit:
            await _relay(entry, url, arguments, put=put, limit=limit)
    except TimeoutError as error:
        raise ModelUnavailable(f"{entry.name} did not finish within {seconds:.0f} s. Ask again later.") from error
    except VENDOR_ERRORS as error:
        raise translate(error, entry.name) from error


async def _relay(entry: ModelEntry, url: str, arguments: dict[str, Any], *, put: Put, limit: asyncio.Timeout) -> None:
    finished = False
    async with vendor_client(entry, url) as client:
        async for chunk in await _open(client, arguments):
            delta = delta_of(chunk, entry.name)
            if delta is None or finished:
                continue
            put(delta)
            if delta.finish_reason is not None:
                finished = True
                limit.reschedule(asyncio.get_running_loop().time() + TAIL_SECONDS)
    if not finished:
        raise ModelUnavailable(f"The answer of {entry.name} was cut before its end. Ask again.")


async def _open(client: AsyncInferenceClient, arguments: dict[str, Any]) -> AsyncIterable[ChatCompletionStreamOutput]:
    """Send the request; once more where the connection was closed before any answer: it may have been a stale one."""
    try:
        return await client.chat_completion(**arguments)  # type: ignore[no-any-return]
    except _DROPPED:
        return await client.chat_completion(**arguments)  # type: ignore[no-any-return]
