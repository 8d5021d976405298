"""A real Celery worker over real servers: one process for all queues, and one whose broker dies."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.application.intake import take
from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.events import EventId, MessageKey, MessageReceived
from bot.domain.messages import OutgoingMessage, Reply, ReplyKey
from bot.ports.doorbell import Bell
from integrations.celery.app import celery_app
from integrations.celery.doorbell import CeleryDoorbell
from integrations.memory.doorbell import CollectingDoorbell
from integrations.postgres.inbox import PostgresInbox
from integrations.postgres.pool import Pool
from workers.embedded.child import Child
from workers.embedded.redis import embedded_redis
from workers.preflight import free_ports

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class House:
    pool: Pool
    bell: CeleryDoorbell

    def ring(self, bell: Bell) -> None:
        """Ring, and see that it is a ring of its own."""
        self.bell.ring(bell)
        self.bell.flush(5)

    def until(self, query: str, *, seconds: float) -> None:
        """Wait until the query returns a row."""
        deadline = time.monotonic() + seconds
        while not self.rows(query):
            assert time.monotonic() < deadline, query
            time.sleep(0.05)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.pool.connection() as connection:
            return connection.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@contextmanager
def working(pool: Pool, variables: Mapping[str, str], *arguments: str) -> Iterator[House]:
    """Run a worker until the block ends. variables: where its servers are."""
    command = (sys.executable, "-m", "workers.cli", "worker", "--threads", "1", *arguments)
    with subprocess.Popen(command, cwd=ROOT, env=dict(variables), stderr=subprocess.DEVNULL) as process:
        house = House(pool, CeleryDoorbell(celery_app(variables["MARU_BROKER_URL"])))
        house.until("SELECT FROM worker", seconds=30)
        try:
            yield house
        finally:
            process.send_signal(signal.SIGKILL)


def addresses(home: Path, *, database: str, broker: str, silent: socket.socket) -> dict[str, str]:
    encoder = f"http://127.0.0.1:{silent.getsockname()[1]}"
    return {
        "MARU_HOME": str(home),
        "MARU_DATABASE_URL": database,
        "MARU_BROKER_URL": broker,
        "MARU_ENCODER_URL": encoder,
        "MARU_SSLLM_URL": encoder,
    }


def said(number: int) -> MessageReceived:
    return MessageReceived(
        EventId(f"console:{number}"),
        MessageKey(f"console:{number}"),
        ConversationId(f"console:{number}"),
        PersonId("console:local"),
        Address(Platform.CONSOLE, direct=True),
        "how do I roll back a deploy?",
    )


def test_questions_that_nobody_has_a_hand_for_hold_up_no_reply(
    postgres_url: str, postgres_pool: Pool, redis_url: str, silent: socket.socket, tmp_path: Path
) -> None:
    variables = addresses(tmp_path, database=postgres_url, broker=redis_url, silent=silent)
    with working(postgres_pool, variables) as house:
        inbox = PostgresInbox(house.pool)
        for number in (1, 2):
            take(said(number), inbox=inbox, doorbell=CollectingDoorbell())
        house.ring(Bell.DIALOGUE)
        house.until("SELECT FROM conversation WHERE fence > 0", seconds=10)  # its only hand waits for the encoder
        for _ in range(6):
            house.ring(Bell.DIALOGUE)
            time.sleep(0.1)
        event = said(3)
        message = OutgoingMessage(ReplyKey("console:3#1"), event.conversation, event.address, Reply("Hello."))
        inbox.keep(event, turned_away=message)
        house.ring(Bell.DELIVERY)
        house.until("SELECT FROM outbox WHERE status = 'sent'", seconds=5)
        assert house.rows("SELECT FROM conversation WHERE fence > 0 AND leased_until IS NULL") == []


def test_a_ring_that_was_in_hand_when_the_broker_died_is_not_the_last_one_heard(
    postgres_url: str, postgres_pool: Pool, silent: socket.socket, tmp_path: Path
) -> None:
    (tmp_path / "logs").mkdir()
    broker = embedded_redis(tmp_path, port=free_ports(1)[0])
    variables = addresses(tmp_path, database=postgres_url, broker=broker.url, silent=silent)
    first = Child(broker.program(stage=0), tmp_path / "logs" / "redis.log")
    second = Child(broker.program(stage=0), tmp_path / "logs" / "redis.log")
    start(first)
    try:
        with working(postgres_pool, variables, "--queues", "dialogue") as house:
            for number in (1, 2):
                take(said(number), inbox=PostgresInbox(house.pool), doorbell=CollectingDoorbell())
            house.ring(Bell.DIALOGUE)  # held: one question has the only hand, the other waits for it
            house.until("SELECT FROM conversation WHERE fence > 0", seconds=10)
            first.finish(grace=0.0)
            silent.close()  # both questions are put off, the ring is over, and nobody takes its acknowledgement
            house.until("SELECT FROM inbox HAVING min(attempts) = 1", seconds=10)
            time.sleep(1.0)
            start(second)
            deadline = time.monotonic() + 20
            while not house.rows("SELECT FROM inbox HAVING min(attempts) > 1"):
                assert time.monotonic() < deadline
                house.ring(Bell.DIALOGUE)
                time.sleep(0.5)
    finally:
        for child in (first, second):
            child.finish(grace=0.0)


def start(child: Child) -> None:
    child.spawn()
    while not child.ready():
        time.sleep(0.02)
