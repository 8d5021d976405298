"""`Retention`: what was settled long ago goes, in the order that foreign keys ask for; what is open stays."""

import pytest

from bot.application.upkeep import AUDIT_DAYS, forget
from bot.domain.state import DialogueState
from integrations.postgres.people import PostgresAuditLog
from integrations.postgres.pool import Pool
from integrations.postgres.retention import PostgresRetention
from tests.conftest import Database
from tests.contract.conftest import LEASE, Storage, _postgres, answered, message

STATE = DialogueState(topic="deploys")


@pytest.fixture
def storage(database: Database) -> Storage:
    """Postgres alone: nobody else keeps anything for so long."""
    database.clear()
    return _postgres(database.pool, database.server.url)


def days_pass(pool: Pool, days: int) -> None:
    with pool.connection() as connection:
        for table, columns in {
            "inbox": ("received_at", "settled_at"),
            "outbox": ("created_at", "due_at", "settled_at"),
            "audit": ("at",),
        }.items():
            shifted = ", ".join(f"{one} = {one} - make_interval(days => {days})" for one in columns)
            connection.execute(f"UPDATE {table} SET {shifted}")


def kept(pool: Pool) -> dict[str, int]:
    with pool.connection() as connection:
        counts = {}
        for table in ("conversation", "inbox", "turn", "outbox", "audit"):
            row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            counts[table] = row[0] if row else 0
        return counts


def sent(storage: Storage, *numbers: int) -> None:
    """Settle these events and send their replies."""
    for number in numbers:
        storage.inbox.keep(message(number, f"telegram:{number}"))
        storage.turns_store.commit(answered(storage.claim(), state=STATE))
    for delivery in storage.outbox.claim(limit=100, lease_seconds=LEASE):
        storage.outbox.sent(delivery, posted=["1"])


def test_what_is_older_goes_and_what_is_younger_stays(storage: Storage, database: Database) -> None:
    sent(storage, 1, 2, 3)
    days_pass(database.pool, 60)
    sent(storage, 4)
    days_pass(database.pool, 31)
    assert PostgresRetention(database.pool).forget(days=90, batches=9) == 6
    assert kept(database.pool) == {"conversation": 4, "inbox": 1, "turn": 1, "outbox": 1, "audit": 0}
    assert list(storage.outcomes()) == ["telegram:4#1"]


def test_a_conversation_goes_on_with_what_it_knows(storage: Storage, database: Database) -> None:
    sent(storage, 1)
    days_pass(database.pool, 100)
    PostgresRetention(database.pool).forget(days=90, batches=9)
    storage.inbox.keep(message(2, "telegram:1"))
    assert storage.claim().state == STATE


def test_what_waits_is_open_or_buried_stays(storage: Storage, database: Database) -> None:
    sent(storage, 1)
    storage.settle(message(2, "telegram:2"), message(3, "telegram:3"))
    buried, put_off = storage.outbox.claim(limit=9, lease_seconds=LEASE)
    storage.outbox.bury(buried, why="gone")
    storage.outbox.defer(put_off, seconds=9, why="bad token", uncertain=False)
    storage.inbox.keep(message(4, "telegram:4"))
    days_pass(database.pool, 100)
    PostgresRetention(database.pool).forget(days=90, batches=9)
    assert kept(database.pool) == {"conversation": 4, "inbox": 1, "turn": 0, "outbox": 2, "audit": 0}
    assert storage.claim().event == message(4, "telegram:4")
    assert storage.desk.retry(buried.id)
    assert len(storage.outbox.claim(limit=9, lease_seconds=LEASE)) == 2


def test_batches_go_on_over_what_stays_and_end_at_what_is_young(storage: Storage, database: Database) -> None:
    sent(storage, *range(1, 6))
    storage.settle(message(6, "telegram:6"))
    (delivery,) = storage.outbox.claim(limit=1, lease_seconds=LEASE)
    storage.outbox.bury(delivery, why="gone")
    sent(storage, 7)
    days_pass(database.pool, 100)
    sent(storage, 8)
    retention = PostgresRetention(database.pool, batch=2)
    assert retention.forget(days=90, batches=1) == 4, "two events, two replies"
    assert retention.forget(days=90, batches=9) == 5 + 4
    assert retention.forget(days=90, batches=9) == 0
    assert kept(database.pool) == {"conversation": 8, "inbox": 1, "turn": 1, "outbox": 2, "audit": 0}


def test_the_audit_is_kept_for_a_year_or_as_long_as_the_rest_or_for_ever(database: Database) -> None:
    audit, retention = PostgresAuditLog(database.pool), PostgresRetention(database.pool)
    database.clear()
    audit.record(person=message(1).person, action="speak", allowed=False, detail="telegram")
    days_pass(database.pool, AUDIT_DAYS - 1)
    assert forget(retention=retention, days=90) == 0
    days_pass(database.pool, 2)
    assert forget(retention=retention, days=0) == 0
    assert forget(retention=retention, days=AUDIT_DAYS + 2) == 0
    assert forget(retention=retention, days=90) == 1
    assert kept(database.pool)["audit"] == 0
