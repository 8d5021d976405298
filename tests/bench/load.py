"""A program that posts prepared requests and prints when each was answered: an HTTP client that costs next to nothing.

`python -m tests.bench.load FILE --port N (--rate R | --at-once N | --credit)`. FILE: JSON lines of
[path, headers, body]. Prints one JSON object: when it began by this machine's monotonic clock, seconds in all,
latencies in ms from the first byte sent, and how often each status came.
"""

import argparse
import asyncio
import gc
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

IDLE_SECONDS = 3.0
"""Below the 5 s after which uvicorn closes an idle connection."""

REFUSED = 0
"""The status of a request that got no answer."""


@dataclass(slots=True)
class Client:
    """Keep-alive connections to one server; a new one whenever none is free."""

    port: int
    free: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    async def post(self, request: bytes) -> None:
        """Send one request and note when its answer was there."""
        try:
            reader, writer = await self._connection()
            began = time.perf_counter()
            writer.write(request)
            status = await _answer(reader)
        except (OSError, EOFError, ValueError):
            self.statuses[REFUSED] += 1
            return
        self.latencies.append((time.perf_counter() - began) * 1000)
        self.statuses[status] += 1
        self.free.append((time.perf_counter(), reader, writer))

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return one that the server has surely not closed for being idle, or a new one."""
        while self.free:
            since, reader, writer = self.free.pop()
            if time.perf_counter() - since < IDLE_SECONDS:
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    if length:
        await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


async def at_rate(client: Client, requests: list[bytes], rate: float) -> None:
    """Send each request at its time, whatever became of the earlier ones."""
    began = time.perf_counter() + 0.05

    async def one(number: int, request: bytes) -> None:
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        await client.post(request)

    await asyncio.gather(*(one(number, request) for number, request in enumerate(requests)))


async def at_once(client: Client, requests: list[bytes], many: int) -> None:
    """Keep `many` requests under way until all are answered."""
    waiting = iter(requests)

    async def one() -> None:
        for request in waiting:
            await client.post(request)

    await asyncio.gather(*(one() for _ in range(many)))


async def at_credit(client: Client, requests: list[bytes]) -> None:
    """Send one for each that a line on standard input grants, and all of them before the end."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    waiting, sending = iter(requests), []
    while line := await lines.readline():
        sending += [asyncio.ensure_future(client.post(request)) for request in itertools.islice(waiting, int(line))]
    await asyncio.gather(*sending, *(client.post(request) for request in waiting))


def raw(path: str, headers: Mapping[str, str], body: str) -> bytes:
    """Return a request as it goes over the wire."""
    content = body.encode()
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


async def _way(client: Client, requests: list[bytes], options: argparse.Namespace) -> None:
    if options.rate:
        await at_rate(client, requests, options.rate)
    elif options.credit:
        await at_credit(client, requests)
    else:
        await at_once(client, requests, options.at_once)


def main() -> int:
    """Send everything and print what came back."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.load")
    parser.add_argument("file", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--credit", action="store_true", help="as many as standard input grants, line by line")
    parser.add_argument("--at-once", type=int, default=16)
    options = parser.parse_args()
    lines = options.file.read_text(encoding="utf-8").splitlines()
    requests = [raw(*json.loads(line)) for line in lines]
    client = Client(options.port)
    gc.freeze()
    gc.disable()
    began = time.perf_counter()
    asyncio.run(_way(client, requests, options))
    result = {
        "began": began,
        "seconds": time.perf_counter() - began,
        "latencies": client.latencies,
        "statuses": client.statuses,
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
