"""A little Internet on loopback: names, public addresses, and the sites behind them.

The guard is the real one. Only what lies beyond it is ours: who answers for a name, and where the cable of a public
address ends.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from tests.standins.loopback import Exchange, LoopbackServer

PUBLIC = "93.184.215.14"


@dataclass
class Internet:
    """names: the answers of each host, one list a question (the last one stays). dialled: what was connected to."""

    server: LoopbackServer
    names: dict[str, list[list[str]]] = field(default_factory=dict)
    dialled: list[tuple[str, str]] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Answer for a name; addresses stand for themselves."""
        if host not in self.names:
            # As the system's resolver does: 127.1, 0x7f.1 and 2130706433 are addresses.
            return [host] if ":" in host else [socket.inet_ntoa(socket.inet_aton(host))]
        answers = self.names[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def cable(self) -> httpx.AsyncBaseTransport:
        """Return what carries a request for an address to the one server here, and writes the address down."""
        return _Cable(self)


class _Cable(httpx.AsyncBaseTransport):
    def __init__(self, internet: Internet) -> None:
        self._internet = internet
        self._real = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        address = request.url.host
        self._internet.dialled.append((address, request.headers["host"]))
        if address in self._internet.dead:
            raise httpx.ConnectError("no route to host")
        here = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._internet.server.port)
        extensions = {name: value for name, value in request.extensions.items() if name != "sni_hostname"}
        return await self._real.handle_async_request(
            httpx.Request(request.method, here, headers=request.headers, extensions=extensions)
        )

    async def aclose(self) -> None:
        await self._real.aclose()


def answer(
    exchange: Exchange, status: int, body: bytes = b"", *, kind: str = "text/html; charset=utf-8", **headers: str
) -> None:
    """Send a whole response with headers of one's own; `_` in a name stands for `-`."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{lines}content-length: {len(body)}\r\n\r\n"
    exchange.transport.write(head.encode() + body)
    exchange.started = exchange.finished = True
