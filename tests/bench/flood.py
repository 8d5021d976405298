"""A program that sends more than anybody takes: an open loop that costs a small part of what it asks for.

`python -m tests.bench.flood FILE --port N --rate R`. FILE: JSON lines of [path, headers, body]. Prints `ready`, and
begins when a line comes on standard input. Prints one JSON object: when it began by this machine's monotonic clock, how
long it computed, and for each request in order its status and the milliseconds from when it was due (number / rate) to
its answer. `tests.bench.load` keeps a task for each request, and knows when its first byte went out.
"""

import argparse
import asyncio
import gc
import json
import sys
import time
from pathlib import Path

from tests.bench.load import REFUSED, raw

TICK_SECONDS = 0.005
"""What is due within one tick is sent together."""

LAST_ANSWER_SECONDS = 15.0


class Line(asyncio.Protocol):
    """A keep-alive connection with one request under way."""

    def __init__(self, flood: "Flood") -> None:
        self.flood = flood
        self.number = -1
        self.said = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        if self in self.flood.free:
            self.flood.free.remove(self)
        if self.number >= 0:
            self.flood.answered(self.number, REFUSED)

    def send(self, number: int, request: bytes) -> None:
        """Send a request; its answer goes to the flood."""
        self.number, self.said = number, b""
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take the answer; a body is read, and thrown away."""
        self.said += data
        head, there, body = self.said.partition(b"\r\n\r\n")
        if not there or len(body) < _length(head):
            return
        number, self.number = self.number, -1
        self.flood.free.append(self)
        self.flood.answered(number, int(head.split(b" ", 2)[1]))


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


class Flood:
    """All requests, the connections that are free, and what became of what was sent."""

    def __init__(self, requests: list[bytes], *, port: int, rate: float) -> None:
        self.requests, self.port, self.rate = requests, port, rate
        self.free: list[Line] = []
        self.statuses = [REFUSED] * len(requests)
        self.milliseconds = [0.0] * len(requests)
        self.open = len(requests)
        self.began = 0.0

    async def run(self) -> None:
        """Send each request at its time, whatever became of the earlier ones; a new connection where none is free."""
        connecting = set()
        self.began = time.perf_counter()
        sent, count = 0, len(self.requests)
        while sent < count:
            due = min(int((time.perf_counter() - self.began) * self.rate) + 1, count)
            for number in range(sent, due):
                if self.free:
                    self.free.pop().send(number, self.requests[number])
                else:
                    connecting.add(asyncio.ensure_future(self._on_a_new_one(number)))
            sent = due
            await asyncio.sleep(TICK_SECONDS)
        ends = time.perf_counter() + LAST_ANSWER_SECONDS
        while self.open and time.perf_counter() < ends:
            await asyncio.sleep(TICK_SECONDS)

    def answered(self, number: int, status: int) -> None:
        """Note an answer."""
        self.open -= 1
        self.statuses[number] = status
        self.milliseconds[number] = (time.perf_counter() - self.began - number / self.rate) * 1000

    async def _on_a_new_one(self, number: int) -> None:
        try:
            _, line = await asyncio.get_running_loop().create_connection(lambda: Line(self), "127.0.0.1", self.port)
        except OSError:
            self.answered(number, REFUSED)
            return
        line.send(number, self.requests[number])


def main() -> int:
    """Send everything and print what came back."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.flood")
    parser.add_argument("file", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    options = parser.parse_args()
    with options.file.open(encoding="utf-8") as lines:
        flood = Flood([raw(*json.loads(line)) for line in lines], port=options.port, rate=options.rate)
    gc.freeze()
    gc.disable()
    print("ready", flush=True)
    sys.stdin.readline()
    spent = time.process_time()
    asyncio.run(flood.run())
    result = {
        "began": flood.began,
        "cpu_seconds": time.process_time() - spent,
        "statuses": flood.statuses,
        "milliseconds": flood.milliseconds,
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
