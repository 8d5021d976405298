"""The server's half of Socket Mode: RFC 6455 handshake and frames on a plain socket, envelopes and acknowledgements."""

import base64
import hashlib
import json
import struct
import uuid
from collections.abc import Mapping
from queue import Queue
from socket import socket
from threading import Condition
from typing import Any

_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_key(key: str) -> str:
    """Return the Sec-WebSocket-Accept of a handshake."""
    return base64.b64encode(hashlib.sha1((key + _MAGIC).encode()).digest()).decode()


def _frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    head = bytes([0x80 | opcode])
    if size < 126:
        return head + bytes([size]) + payload
    return head + (struct.pack("!BH", 126, size) if size < 65536 else struct.pack("!BQ", 127, size)) + payload


class SocketLink:
    """All WebSockets of one stand-in; each envelope goes to the newest open one, as Slack sends to any one."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._open: list[socket] = []
        self.connections = 0
        self.acks: dict[str, dict[str, Any]] = {}
        self.unreadable: Queue[bytes] = Queue()

    def serve(self, connection: socket, reader: Any) -> None:
        """Speak on an upgraded connection until it closes."""
        with self._changed:
            self._open.append(connection)
            self.connections += 1
            connection.sendall(_frame(_TEXT, json.dumps({"type": "hello", "num_connections": 1}).encode()))
            self._changed.notify_all()
        try:
            while (frame := self._read(reader)) is not None and frame[0] != _CLOSE:
                self._take(connection, *frame)
        except OSError:
            pass
        finally:
            with self._changed:
                self._open.remove(connection)
                self._changed.notify_all()

    def send(self, kind: str, payload: Mapping[str, Any], *, retry_attempt: int = 0, retry_reason: str = "") -> str:
        """Send an envelope (`events_api`, `slash_commands` or `interactive`) and return its id."""
        envelope = {
            "envelope_id": str(uuid.uuid4()),
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
            "retry_attempt": retry_attempt,
            "retry_reason": retry_reason,
        }
        self._send(_TEXT, json.dumps(envelope).encode())
        return str(envelope["envelope_id"])

    def ask_to_reconnect(self) -> None:
        """Announce a refresh, as Slack does before it closes a connection."""
        self._send(_TEXT, json.dumps({"type": "disconnect", "reason": "refresh_requested"}).encode())

    def close(self) -> None:
        """Close every connection with a Close frame."""
        with self._changed:
            for connection in list(self._open):
                try:
                    connection.sendall(_frame(_CLOSE, struct.pack("!H", 1000)))
                except OSError:
                    continue

    def wait_open(self, *, connections: int = 1, seconds: float = 5.0) -> bool:
        """Wait until so many connections were made and one is open."""
        with self._changed:
            return self._changed.wait_for(lambda: self.connections >= connections and bool(self._open), seconds)

    def wait_ack(self, envelope_id: str, *, seconds: float = 5.0) -> dict[str, Any] | None:
        """Return the acknowledgement of an envelope, None if it does not come."""
        with self._changed:
            self._changed.wait_for(lambda: envelope_id in self.acks, seconds)
            return self.acks.get(envelope_id)

    def _send(self, opcode: int, payload: bytes) -> None:
        with self._changed:
            self._open[-1].sendall(_frame(opcode, payload))

    def _take(self, connection: socket, opcode: int, payload: bytes) -> None:
        with self._changed:
            if opcode == _PING:
                connection.sendall(_frame(_PONG, payload))
            elif opcode == _TEXT:
                acknowledgement = json.loads(payload)
                self.acks[acknowledgement["envelope_id"]] = acknowledgement
                self._changed.notify_all()
            elif opcode != _PONG:
                self.unreadable.put(payload)

    @staticmethod
    def _read(reader: Any) -> tuple[int, bytes] | None:
        head = reader.read(2)
        if len(head) < 2:
            return None
        size = head[1] & 0x7F
        if size >= 126:
            size = int.from_bytes(reader.read(2 if size == 126 else 8), "big")
        if not head[1] & 0x80:
            raise OSError("a client must mask its frames")
        mask = reader.read(4)
        return head[0] & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(reader.read(size)))
