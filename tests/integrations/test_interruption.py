"""From a person's Stop, edit or deletion to the closed socket at the model: everything between is real."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from bot.application.intake import take
from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.errors import Cancelled
from bot.domain.events import EventId, MessageChanged, MessageKey, MessageReceived
from bot.domain.models import ChatMessage, ChatRequest, ModelEntry
from integrations.memory.doorbell import CollectingDoorbell
from integrations.postgres.inbox import PostgresConversationLease, PostgresInbox
from integrations.postgres.interruptions import PostgresInterruptions
from integrations.postgres.pool import Pool
from integrations.tgi.chat_model import TgiChatModel
from integrations.tgi.loop import ModelLoop
from tests.conftest import Database
from tests.standins.tgi import TgiStandIn
from workers.leases import LeaseKeeper

WITHIN_SECONDS = 0.5


def said(number: int, text: str) -> MessageReceived:
    return MessageReceived(
        EventId(f"slack:Ev{number}"),
        MessageKey(f"slack:T1:D1:{number}"),
        ConversationId("slack:T1/D1"),
        PersonId("slack:T1/U1"),
        Address(Platform.SLACK, channel="D1", team="T1", reply_to=str(number), direct=True),
        text,
    )


QUESTION = said(1, "how do I roll back a deploy?")


@pytest.fixture
def inbox(database: Database) -> PostgresInbox:
    database.clear()
    return PostgresInbox(database.pool)


@pytest.fixture
def tgi() -> Iterator[TgiStandIn]:
    with TgiStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def model(tgi: TgiStandIn) -> Iterator[TgiChatModel]:
    loop = ModelLoop()
    yield TgiChatModel(ModelEntry("qwen", "tgi", (tgi.url,), "tgi"), loop)
    loop.close()


def until(true: Callable[[], object], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def listening(pool: Pool) -> bool:
    with pool.connection() as connection:
        return bool(connection.execute("SELECT FROM pg_stat_activity WHERE query = 'LISTEN maru_stop'").fetchall())


@pytest.mark.parametrize("mode", ["stall", "stall-mid"])
@pytest.mark.parametrize(
    "intervention",
    [
        said(2, "stop"),
        MessageChanged(QUESTION.message_key, QUESTION.person, "how do I roll forward?", 1.0),
        MessageChanged(QUESTION.message_key, QUESTION.person, None, 1.0),
    ],
    ids=["stop", "edit", "deletion"],
)
def test_the_models_socket_is_closed_within_half_a_second(
    database: Database,
    inbox: PostgresInbox,
    tgi: TgiStandIn,
    model: TgiChatModel,
    intervention: MessageReceived | MessageChanged,
    mode: str,
) -> None:
    tgi.mode = mode
    keeper = LeaseKeeper(
        PostgresConversationLease(database.pool),
        lease_seconds=10.0,
        interruptions=PostgresInterruptions(database.server.url),
    )
    until(lambda: listening(database.pool))
    take(QUESTION, inbox=inbox, doorbell=CollectingDoorbell())
    (claim,) = inbox.claim(limit=1, lease_seconds=10.0)
    ended: list[float] = []

    def turn() -> None:
        request = ChatRequest((ChatMessage("user", claim.event.text),))
        with keeper.hold(claim) as cancellation, pytest.raises(Cancelled):
            list(model.stream(request, cancellation))
        ended.append(time.monotonic())

    thread = threading.Thread(target=turn)
    thread.start()
    until(lambda: tgi.running == 1)

    asked = time.monotonic()
    assert take(intervention, inbox=inbox, doorbell=CollectingDoorbell())

    until(lambda: tgi.cancelled == 1 and tgi.running == 0)
    closed = time.monotonic()
    thread.join(5)
    assert closed - asked < WITHIN_SECONDS
    assert ended[0] - asked < WITHIN_SECONDS
