"""`Interruptions`: whoever holds a turn hears at once that it is in vain."""

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

import pytest

from bot.ports.interruptions import Interruption, Interruptions
from integrations.postgres.inbox import PostgresInbox
from integrations.postgres.interruptions import PostgresInterruptions
from tests.conftest import Database
from tests.contract.conftest import Storage, answered, message
from tests.contract.test_interventions import deletion, edit, stop


class Listener:
    """Collects what a follower hears, in a thread that ends with the process."""

    def __init__(self, interruptions: Interruptions) -> None:
        self._heard: SimpleQueue[Interruption] = SimpleQueue()
        threading.Thread(target=self._listen, args=(interruptions,), daemon=True).start()

    def _listen(self, interruptions: Interruptions) -> None:
        for one in interruptions.follow():
            self._heard.put(one)

    def hear(self, seconds: float = 2.0) -> Interruption | None:
        try:
            return self._heard.get(timeout=seconds)
        except Empty:
            return None


@pytest.fixture
def listener(storage: Storage) -> Listener:
    """A follower that certainly listens."""
    listener = Listener(storage.interruptions)
    storage.inbox.keep(message(0, "telegram:first"))
    storage.inbox.claim(limit=1, lease_seconds=60)
    number = 0
    while True:
        number += 1
        storage.inbox.change(edit(0, f"text {number}", at=number))
        if listener.hear(0.2):
            break
        storage.inbox.claim(limit=1, lease_seconds=60)
    storage.inbox.change(deletion(0))
    while listener.hear(0.2):
        pass
    return listener


@pytest.mark.parametrize(
    "intervene",
    [
        lambda storage: storage.inbox.change(edit(1, "better")),
        lambda storage: storage.inbox.change(deletion(1)),
        lambda storage: storage.inbox.stop(stop()),
    ],
    ids=["edit", "deletion", "stop"],
)
def test_the_holder_of_a_turn_hears_of_it_and_the_next_holder_is_not_meant(
    storage: Storage, listener: Listener, intervene: Callable[[Storage], bool]
) -> None:
    storage.inbox.keep(message(1))
    claim = storage.claim()
    assert intervene(storage)
    heard = listener.hear()
    assert heard is not None and heard.conversation == claim.conversation
    assert claim.fence < heard.fence
    storage.inbox.keep(message(2))
    following = [
        one for one in storage.inbox.claim(limit=9, lease_seconds=60) if one.conversation == claim.conversation
    ]
    assert [one.fence >= heard.fence for one in following] == [True]


def test_a_turn_that_ends_by_itself_is_no_interruption(storage: Storage, listener: Listener) -> None:
    storage.inbox.keep(message(1))
    storage.turns_store.commit(answered(storage.claim()))
    assert listener.hear(0.2) is None


def test_a_lost_connection_is_opened_again(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    database.clear()
    inbox = PostgresInbox(database.pool)
    listener = Listener(PostgresInterruptions(database.server.url))
    listening = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN maru_stop%'"
    deadline = time.monotonic() + 5
    with database.pool.connection() as connection:
        while not connection.execute(listening).fetchall() and time.monotonic() < deadline:
            time.sleep(0.02)
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({listening}) AS listeners")
    inbox.keep(message(1))
    number = 0
    while listener.hear(0.2) is None and time.monotonic() < deadline + 5:
        number += 1
        inbox.claim(limit=1, lease_seconds=60)
        inbox.change(edit(1, f"text {number}", at=number))
    assert number < 25
