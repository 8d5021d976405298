"""Rows that this version cannot read are put aside, and what stands behind them goes on."""

import pytest

from bot.domain.state import DialogueState
from integrations.postgres.pool import Pool
from tests.conftest import Database
from tests.contract.conftest import LEASE, Storage, _postgres, answered, message


@pytest.fixture
def storage(database: Database) -> Storage:
    """Rows of foreign versions exist in Postgres only: memory keeps objects."""
    database.clear()
    return _postgres(database.pool, database.server.url)


def spoil(pool: Pool, statement: str) -> None:
    with pool.connection() as connection:
        connection.execute(statement)


def test_an_event_is_settled_without_a_reply_and_the_next_one_is_claimed(storage: Storage, postgres_pool: Pool) -> None:
    storage.inbox.keep(message(1))
    storage.inbox.keep(message(2))
    spoil(postgres_pool, """UPDATE inbox SET event = '{"kind": "of later"}' WHERE event_id = 'telegram:1'""")
    claim = storage.claim()
    assert claim.event == message(2)
    assert storage.turns() == [("Undecodable", True)]
    assert storage.outcomes() == {}
    storage.turns_store.commit(answered(claim))
    assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []


def test_an_inbox_of_nothing_else_is_empty(storage: Storage, postgres_pool: Pool) -> None:
    storage.inbox.keep(message(1))
    spoil(postgres_pool, "UPDATE inbox SET event = '[]'")
    assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []
    assert storage.inbox.waiting() == 0


def test_a_conversation_whose_state_cannot_be_read_begins_anew(storage: Storage, postgres_pool: Pool) -> None:
    storage.inbox.keep(message(1))
    spoil(postgres_pool, """UPDATE conversation SET state = '{"history": 3, "topic": 4}'""")
    claim = storage.claim()
    assert (claim.event, claim.state) == (message(1), DialogueState())


def test_a_reply_is_buried_and_the_next_one_is_claimed(storage: Storage, postgres_pool: Pool) -> None:
    storage.settle(message(1), message(2))
    spoil(postgres_pool, "UPDATE outbox SET message = '{}' WHERE key = 'telegram:1#1'")
    (delivery,) = storage.outbox.claim(limit=5, lease_seconds=LEASE)
    assert delivery.message.key == "telegram:2#1"
    status, _, why = storage.outcomes()["telegram:1#1"]
    assert status == "buried"
    assert why is not None
    assert why.startswith("the message cannot be read")
