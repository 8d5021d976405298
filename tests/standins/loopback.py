"""A small HTTP/1.1 server on 127.0.0.1 for stand-ins: it can misbehave on purpose and knows when a client hangs up.

uvicorn hides exactly what these tests are about (half-sent bodies, resets, keep-alive), and costs more CPU per request
than the code that the bench measures.
"""

import asyncio
import json
import socket
import threading
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Self

_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 413: "Payload Too Large"}


@dataclass(slots=True)
class Exchange:
    """One request, and the means to answer it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    transport: asyncio.Transport
    started: bool = False
    finished: bool = False

    def reply(self, status: int, body: bytes, kind: str = "application/json", *, sized: bool = True) -> None:
        """Send a whole response; `sized` False leaves out Content-Length (chunked instead)."""
        self.started = True
        date = formatdate(usegmt=True)  # `maru doctor` compares the platforms' clocks with its own
        head = f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}\r\ndate: {date}\r\ncontent-type: {kind}\r\n"
        if sized:
            self.transport.write(head.encode() + b"content-length: %d\r\n\r\n" % len(body) + body)
            self.finished = True
            return
        self.transport.write(head.encode() + b"transfer-encoding: chunked\r\n\r\n" + frame(body))
        self.end()

    def reply_json(self, status: int, value: Any, *, sized: bool = True) -> None:
        """Send a whole JSON response."""
        self.reply(status, json.dumps(value).encode(), sized=sized)

    def begin(self, kind: str = "text/event-stream") -> None:
        """Start a chunked response."""
        self.started = True
        self.transport.write(
            f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncache-control: no-cache\r\n"
            "transfer-encoding: chunked\r\n\r\n".encode()
        )

    def send(self, *pieces: bytes) -> None:
        """Send pieces of a chunked response, each in a frame of its own, in one packet where it fits."""
        self.transport.write(b"".join(frame(piece) for piece in pieces if piece))

    def end(self) -> None:
        """Finish a chunked response; the connection stays open for the next request."""
        self.transport.write(b"0\r\n\r\n")
        self.finished = True

    def detach(self) -> socket.socket:
        """Take the connection out of the server's hands, as a blocking socket."""
        self.finished = True
        connection: socket.socket = self.transport.get_extra_info("socket").dup()
        self.transport.abort()  # lets go of it only: the duplicate keeps it open
        connection.setblocking(True)
        return connection

    def cut(self) -> None:
        """Reset the connection in the middle of whatever is being sent."""
        self.finished = True
        self.transport.abort()


def frame(piece: bytes) -> bytes:
    """Wrap bytes in one HTTP chunk."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)


Handler = Callable[[Exchange], Awaitable[None]]


@dataclass(slots=True)
class Counts:
    """What a stand-in saw."""

    connections: int = 0
    requests: int = 0
    disconnects: int = 0
    crashes: list[str] = field(default_factory=list)


class LoopbackServer:
    """Serves one handler in a thread of its own; usable as a context manager."""

    def __init__(self, handler: Handler, *, port: int = 0, body_limit: int = 2_000_000) -> None:
        self.handler = handler
        self.port = port
        self.body_limit = body_limit
        self.counts = Counts()
        self.open: set[asyncio.Transport] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="stand-in", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the stand-in did not start within 10 s")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def drop_idle(self) -> None:
        """Close every open connection, as a server that restarts does."""
        self._loop.call_soon_threadsafe(self._drop)

    def _drop(self) -> None:
        for transport in tuple(self.open):
            transport.close()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await self._loop.create_server(lambda: _Connection(self), "127.0.0.1", self.port, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for transport in tuple(self.open):
            transport.abort()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


class _Connection(asyncio.Protocol):
    def __init__(self, server: LoopbackServer) -> None:
        self.server = server
        self.buffer = bytearray()
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.open.add(transport)
        self.server.counts.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.open.discard(self.transport)
        if self.task is not None:
            self.server.counts.disconnects += 1
            self.task.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self._next()

    def _next(self) -> None:
        end = self.buffer.find(b"\r\n\r\n")
        if self.task is not None or end < 0 or self.transport.is_closing():
            return
        start, *lines = self.buffer[:end].decode("latin-1").split("\r\n")
        headers = {key.strip().lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(self.buffer) < end + 4 + length:
            return
        body = bytes(self.buffer[end + 4 : end + 4 + length])
        del self.buffer[: end + 4 + length]
        method, path, _ = start.split(" ")
        self.server.counts.requests += 1
        exchange = Exchange(method=method, path=path, headers=headers, body=body, transport=self.transport)
        self.task = asyncio.get_running_loop().create_task(self._answer(exchange))

    async def _answer(self, exchange: Exchange) -> None:
        try:
            if len(exchange.body) > self.server.body_limit:
                exchange.reply(413, b"Failed to buffer the request body: length limit exceeded", "text/plain")
            else:
                await self.server.handler(exchange)
        except Exception:  # noqa: BLE001 - a stand-in's own bug must reach the test that caused it
            self.server.counts.crashes.append(traceback.format_exc())
            exchange.cut()
        self.task = None
        if not exchange.finished:
            self.transport.close()
        self._next()
