"""A wire between Maru and somebody outside that the adversary may cut or slow."""

import asyncio
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

CHUNK = 65536


class Wire:
    """Forwards TCP from `url` (a free port) to the server behind `target` until the block ends. Thread-safe."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._path = parts.path
        self._pause = 0.0
        self._ends: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="wire", daemon=True)
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the wire was not laid within 10 s")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def cut(self) -> None:
        """Reset every connection, whatever is under way in it."""
        self._loop.call_soon_threadsafe(self._abort)

    def slow(self, seconds: float) -> None:
        """Hold whatever passes for so long, in either direction, from now on; 0 = no longer."""
        self._pause = seconds

    def _abort(self) -> None:
        for end in tuple(self._ends):
            end.transport.abort()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0, backlog=1024)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{self._path}"
        self._ready.set()
        await self._stop.wait()
        server.close()
        self._abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        try:
            there, away = await asyncio.open_connection(self._host, self._port)
        except OSError:
            self._ends.discard(writer)
            writer.transport.abort()
            return
        self._ends.add(away)
        try:
            await asyncio.gather(self._carry(reader, away), self._carry(there, writer))
        finally:
            for end in (writer, away):
                self._ends.discard(end)
                end.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if self._pause:
                    await asyncio.sleep(self._pause)
                writer.write(data)
                await writer.drain()
        with suppress(OSError, RuntimeError):
            writer.close()  # one side is done: HTTP has no use for half a connection
