"""One process for all queues, as `maru worker` runs by default: a real Celery worker over real servers."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
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
def silence() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def house(postgres_url: str, postgres_pool: Pool, redis_url: str, silence: str, tmp_path: Path) -> Iterator[House]:
    environment = {
        "MARU_HOME": str(tmp_path),
        "MARU_DATABASE_URL": postgres_url,
        "MARU_BROKER_URL": redis_url,
        "MARU_ENCODER_URL": silence,
        "MARU_SSLLM_URL": silence,
    }
    command = (sys.executable, "-m", "workers.cli", "worker", "--threads", "1")
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as process:
        house = House(postgres_pool, CeleryDoorbell(celery_app(redis_url)))
        house.until("SELECT FROM worker", seconds=30)
        yield house
        process.send_signal(signal.SIGKILL)


def said(number: int) -> MessageReceived:
    return MessageReceived(
        EventId(f"console:{number}"),
        MessageKey(f"console:{number}"),
        ConversationId(f"console:{number}"),
        PersonId("console:local"),
        Address(Platform.CONSOLE, direct=True),
        "how do I roll back a deploy?",
    )


def test_questions_that_nobody_has_a_hand_for_hold_up_no_reply(house: House) -> None:
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
