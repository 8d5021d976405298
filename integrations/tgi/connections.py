"""The HTTP connections under huggingface_hub's asynchronous client: kept alive, as many as needed, to named hosts only.

The vendor makes a new httpx2 client, and with it a new TLS context (20 ms of CPU), for every AsyncInferenceClient; one
AsyncInferenceClient kept for ever instead accumulates every response it opened. So each call gets a client of its own,
and all clients of one event loop borrow one transport that outlives them.

That transport is aiohttp's, whose parser is compiled: 0.8 ms of CPU a call, where httpx2's own takes 1.7 ms.

Its public `set_async_client_factory` also lets go of the vendor's request hook, which refuses every call, to our own
servers too, where HF_HUB_OFFLINE is set. And its `set_client_factory` keeps it at home: for the user-agent of the first
call of a process it would ask huggingface.co for a list of coding agents, on our event loop, for up to 3 s.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
import httpx2
from huggingface_hub import set_async_client_factory, set_client_factory

from integrations.tgi.condensing import Condenser
from integrations.tgi.whole import as_events

CONNECT_SECONDS = 3.0
KEEPALIVE_SECONDS = 4.0
"""Below the 5 s after which llama.cpp's server and uvicorn close an idle connection: we seldom meet a closed one."""

DRAIN_SECONDS = 0.05

_STREAMS = "maru.streams"
"""Marks a request whose answer is wanted as a stream."""


@contextmanager
def _as_httpx2() -> Iterator[None]:
    """Say aiohttp's failures in httpx2's words, which the vendor's client knows."""
    try:
        yield
    except aiohttp.InvalidURL as error:
        raise httpx2.InvalidURL(str(error)) from error
    except aiohttp.ServerTimeoutError as error:
        raise httpx2.ConnectTimeout(str(error)) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx2.ConnectError(str(error)) from error
    except aiohttp.ClientOSError as error:
        raise httpx2.ReadError(str(error)) from error
    except aiohttp.ClientError as error:  # closed before its end, or no HTTP
        raise httpx2.RemoteProtocolError(str(error)) from error


class _Body(httpx2.AsyncByteStream):
    """A response's bytes as they come. Closed before its end, it takes its connection with it: the server stops."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx2():
            async for piece in self._response.content.iter_any():
                yield piece

    async def aclose(self) -> None:
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


class _Events(httpx2.AsyncByteStream):
    """Server-sent events, condensed; they end at `[DONE]`. The body is read on: its connection can be used again."""

    def __init__(self, body: _Body) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        condenser = Condenser(asyncio.get_running_loop().time)
        pieces = self._body.__aiter__()
        async for piece in pieces:
            if passed := condenser.feed(piece):
                yield passed
            if condenser.done:
                await _drain(pieces)
                return
        if rest := condenser.end():
            yield rest

    async def aclose(self) -> None:
        await self._body.aclose()


class _Whole(httpx2.AsyncByteStream):
    """One whole completion, where a stream was asked for."""

    def __init__(self, body: _Body) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield as_events(b"".join([piece async for piece in self._body]))

    async def aclose(self) -> None:
        await self._body.aclose()


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in pieces:
                pass
    except (TimeoutError, httpx2.TransportError):
        return  # the answer is complete; only the connection is lost


class _Borrowed(httpx2.AsyncBaseTransport):
    """One loop's transport: clients come and go, `close` alone closes it.

    Deadlines are the caller's, but for connecting: keep-alive comments would defeat a read timeout anyhow.
    """

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_SECONDS),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        with _as_httpx2():
            response = await self._session.request(
                request.method,
                str(request.url),
                headers=request.headers.multi_items(),
                data=request.content,
                allow_redirects=False,
            )
        body = _Body(response)
        return httpx2.Response(
            response.status, headers=list(response.raw_headers), stream=_as_wanted(body, request, response)
        )

    async def aclose(self) -> None:
        """Do nothing: a client that ends gives back what it borrowed."""

    async def close(self) -> None:
        await self._session.close()


def _as_wanted(body: _Body, request: httpx2.Request, response: aiohttp.ClientResponse) -> httpx2.AsyncByteStream:
    if response.content_type == "text/event-stream":
        return _Events(body)
    whole = response.status == 200 and response.content_type == "application/json"
    return _Whole(body) if whole and request.extensions.get(_STREAMS) else body


class _Client(httpx2.AsyncClient):
    """Says OpenAI's `json_schema` where the caller meant it: the vendor turns that word into TGI's dialect, always."""

    def build_request(self, method: str, url: httpx2.URL | str, *, json: Any = None, **rest: Any) -> httpx2.Request:
        grammar = json.get("response_format") if isinstance(json, dict) else None
        if isinstance(grammar, dict) and "json_schema" in grammar:
            json = {**json, "response_format": {**grammar, "type": "json_schema"}}
        if isinstance(json, dict) and json.get("stream"):
            rest["extensions"] = {**(rest.get("extensions") or {}), _STREAMS: True}
        return super().build_request(method, url, json=json, **rest)


async def _read_errors(response: httpx2.Response) -> None:
    """Read an error's body, with or without Content-Length: the vendor needs it (else ResponseNotRead)."""
    if response.status_code >= 400:
        await response.aread()


_TRANSPORTS: WeakKeyDictionary[asyncio.AbstractEventLoop, _Borrowed] = WeakKeyDictionary()


def new_client() -> httpx2.AsyncClient:
    """Return a client over the running loop's transport: no proxy, cookie, redirect or key from the environment.

    A redirect would carry people's words to a host that the catalogue does not name.
    """
    loop = asyncio.get_running_loop()
    transport = _TRANSPORTS.get(loop)
    if transport is None:
        transport = _TRANSPORTS[loop] = _Borrowed()
    hooks = {"response": [_read_errors]}
    return _Client(transport=transport, trust_env=False, follow_redirects=False, timeout=None, event_hooks=hooks)


async def close_connections() -> None:
    """Close the running loop's transport."""
    if (transport := _TRANSPORTS.pop(asyncio.get_running_loop(), None)) is not None:
        await transport.close()


class _NoHub(httpx2.BaseTransport):
    """Refuses what the vendor's client would ask the Hub on its own account; it takes the refusal for being offline."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError(f"Maru never calls {request.url.host}")


def install() -> None:
    """Make huggingface_hub use `new_client` for models, and reach nothing else, in this process. Idempotent."""
    set_async_client_factory(new_client)
    set_client_factory(lambda: httpx2.Client(transport=_NoHub(), trust_env=False))
