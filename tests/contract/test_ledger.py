"""`Ledger` and `Quotas`: what a turn's calls cost is written with the turn, and counted for whom it was."""

import time
from dataclasses import replace

import pytest

from bot.application.upkeep import forget
from bot.domain.conversation import Address, PersonId, Platform
from bot.domain.events import MessageReceived
from bot.domain.messages import ModelCall, Receipt
from bot.domain.money import CostLine, Quota, Spent
from bot.ports.turn_store import CommitResult, Turn
from integrations.postgres.ledger import PostgresLedger, PostgresQuotas
from integrations.postgres.retention import PostgresRetention
from tests.conftest import Database
from tests.contract.conftest import LEASE, Storage, _postgres, answered, message

SMALL = ModelCall("answer", "small", 100, 20, 0.5, usd=0.001, reference_usd=0.01, replica="gpu-1:8080")
LARGE = replace(SMALL, model="large", usd=0.02, replica=None)
EMBED = ModelCall("embed", "e5", 9, 0, 0.01, reference_usd=0.0001, counted=False)
DAY = 86_400.0
ADMIN, OTHER = PersonId("telegram:1"), PersonId("telegram:7")
GROUP = Address(Platform.TELEGRAM, channel="-1001")


def billed(storage: Storage, event: MessageReceived, *calls: ModelCall, skill: str = "answer") -> Turn:
    """Keep an event and settle it with these calls."""
    storage.inbox.keep(event)
    turn = replace(answered(storage.claim()), receipt=Receipt(skill, calls=calls))
    assert storage.turns_store.commit(turn) is not CommitResult.FENCE_LOST
    return turn


def usd(lines: list[CostLine]) -> dict[str | None, float]:
    return {line.name: pytest.approx(line.spent.usd) for line in lines}


class TestLedger:
    def test_the_calls_of_a_turn_are_summed_by_each_dimension(self, storage: Storage) -> None:
        billed(storage, message(1), EMBED, SMALL, LARGE)
        billed(storage, replace(message(2), person=OTHER, address=GROUP), SMALL, skill="translate")
        assert usd(storage.ledger.costs(since=0, by="person")) == {"telegram:42": 0.021, "telegram:7": 0.001}
        assert usd(storage.ledger.costs(since=0, by="channel")) == {"telegram:direct": 0.021, "telegram:-1001": 0.001}
        assert usd(storage.ledger.costs(since=0, by="skill")) == {"answer": 0.021, "translate": 0.001}
        large, small, e5 = storage.ledger.costs(since=0, by="model")
        assert [large.name, small.name, e5.name] == ["large", "small", "e5"], "dearest first"
        assert small.spent == Spent(2, 200, 40, pytest.approx(1.0), pytest.approx(0.002), pytest.approx(0.02))
        assert e5.spent == Spent(1, 9, 0, 0.01, 0.0, 0.0001)

    def test_a_persons_own(self, storage: Storage) -> None:
        billed(storage, message(1), SMALL)
        billed(storage, replace(message(2), person=OTHER), LARGE)
        assert usd(storage.ledger.costs(since=0, by="model", person=OTHER)) == {"large": 0.02}

    def test_days(self, storage: Storage) -> None:
        assert storage.ledger.began() is None
        billed(storage, message(1), LARGE)
        storage.pass_time(DAY)
        billed(storage, message(2), SMALL)
        first, second = storage.ledger.costs(since=0, by="day")
        assert (first.spent.usd, second.spent.usd) == (0.02, 0.001)
        assert first.name is not None
        assert second.name is not None
        assert first.name < second.name
        assert storage.ledger.began() is not None

    def test_a_turn_without_calls_writes_nothing(self, storage: Storage) -> None:
        billed(storage, message(1))
        assert storage.ledger.costs(since=0, by="day") == []

    def test_a_turn_that_lost_its_lease_costs_nothing_twice(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        lost = replace(answered(storage.claim()), receipt=Receipt("answer", calls=(LARGE,)))
        storage.pass_time(LEASE + 1)
        holder = replace(answered(storage.claim()), receipt=Receipt("answer", calls=(SMALL,)))
        assert storage.turns_store.commit(holder) is CommitResult.COMMITTED
        assert storage.turns_store.commit(lost) is CommitResult.FENCE_LOST
        assert usd(storage.ledger.costs(since=0, by="model")) == {"small": 0.001}

    def test_whatever_a_server_says_it_counted_the_turn_is_committed(self, storage: Storage) -> None:
        billed(storage, message(1), replace(SMALL, input_tokens=10**30, output_tokens=2**31))
        storage.ledger.record([replace(SMALL, input_tokens=10**30)], person=ADMIN, channel="indexing", skill="indexing")
        (line,) = storage.ledger.costs(since=0, by="model")
        assert line.spent.calls == 2
        assert line.spent.input_tokens >= 10**9

    def test_calls_of_no_turn_are_counted_too(self, storage: Storage) -> None:
        storage.ledger.record([EMBED, SMALL], person=ADMIN, channel="indexing", skill="indexing")
        storage.ledger.record([], person=ADMIN, channel="indexing", skill="indexing")
        (line,) = storage.ledger.costs(since=0, by="channel")
        assert (line.name, line.spent.calls) == ("indexing", 2)


class TestQuotas:
    def test_what_is_spent_of_each(self, storage: Storage) -> None:
        quotas = [
            Quota("channel:telegram:-1001", 1.0, "month"),
            Quota("person:telegram:42", 0.5, "day"),
            Quota("person:telegram:nobody", 0.5, "day"),
            Quota("workspace", 20.0, "month"),
        ]
        for quota in quotas:
            storage.quotas.set(quota, by=ADMIN)
        billed(storage, message(1), LARGE)
        billed(storage, replace(message(2), person=OTHER, address=GROUP), SMALL)
        for _ in range(2):
            uses = storage.quotas.uses()
            assert [use.quota for use in uses] == quotas
            assert [use.usd for use in uses] == pytest.approx([0.001, 0.02, 0.0, 0.021])

    def test_one_for_each_scope(self, storage: Storage) -> None:
        storage.quotas.set(Quota("workspace", 20.0, "month"), by=ADMIN)
        storage.quotas.set(Quota("workspace", 2.0, "day"), by=ADMIN)
        assert [use.quota for use in storage.quotas.uses()] == [Quota("workspace", 2.0, "day")]
        assert storage.quotas.remove("workspace")
        assert not storage.quotas.remove("workspace")
        assert storage.quotas.uses() == []

    def test_a_day_begins_anew(self, storage: Storage) -> None:
        storage.quotas.set(Quota("workspace", 2.0, "day"), by=ADMIN)
        billed(storage, message(1), LARGE)
        assert storage.quotas.uses()[0].usd == pytest.approx(0.02)
        storage.pass_time(DAY)
        assert storage.quotas.uses()[0].usd == pytest.approx(0.0)


@pytest.fixture
def postgres(database: Database) -> Storage:
    """Postgres alone."""
    database.clear()
    return _postgres(database.pool, database.server.url)


class TestPostgres:
    def test_costs_since_a_midnight(self, postgres: Storage) -> None:
        billed(postgres, message(1), LARGE)
        postgres.pass_time(3 * DAY)
        billed(postgres, message(2), SMALL)
        midnight = time.time() // DAY * DAY
        assert usd(postgres.ledger.costs(since=midnight, by="model")) == {"small": 0.001}
        assert usd(postgres.ledger.costs(since=midnight - 3 * DAY, by="model")) == {"large": 0.02, "small": 0.001}

    def test_people_are_forgotten_and_what_the_days_cost_is_not(self, postgres: Storage, database: Database) -> None:
        billed(postgres, message(1), SMALL, LARGE)
        billed(postgres, message(2), SMALL)
        postgres.pass_time(91 * DAY)
        billed(postgres, message(3), LARGE)
        retention, ledger = PostgresRetention(database.pool, batch=2), PostgresLedger(database.pool)
        before = {by: usd(ledger.costs(since=0, by=by)) for by in ("channel", "skill", "model", "day")}
        assert forget(retention=retention, days=90) == 3
        assert forget(retention=retention, days=90) == 0
        assert {by: usd(ledger.costs(since=0, by=by)) for by in before} == before
        assert usd(ledger.costs(since=0, by="person")) == {None: 0.022, "telegram:42": 0.02}
        assert usd(ledger.costs(since=0, by="model", person=PersonId("telegram:42"))) == {"large": 0.02}
        began = ledger.began()
        assert began is not None
        assert began < time.time() - 90 * DAY

    def test_what_was_read_is_not_read_again_and_nothing_is_missed(self, postgres: Storage, database: Database) -> None:
        quotas = PostgresQuotas(database.pool)
        quotas.set(Quota("workspace", 20.0, "month"), by=ADMIN)
        billed(postgres, message(1), LARGE)
        postgres.pass_time(300)
        quotas.uses()
        billed(postgres, message(2), SMALL)
        spent = quotas.uses()[0].usd
        assert spent == pytest.approx(PostgresQuotas(database.pool).uses()[0].usd)
        with database.pool.connection() as connection:
            connection.execute("DELETE FROM ledger WHERE at < clock_timestamp() - interval '2 minutes'")
        assert quotas.uses()[0].usd == pytest.approx(spent), "remembered"
        assert PostgresQuotas(database.pool).uses()[0].usd == pytest.approx(0.001)

    def test_another_period_is_counted_from_its_own_start(self, postgres: Storage, database: Database) -> None:
        quotas = PostgresQuotas(database.pool)
        quotas.set(Quota("workspace", 20.0, "day"), by=ADMIN)
        billed(postgres, message(1), LARGE)
        quotas.uses()
        quotas.set(Quota("workspace", 20.0, "month"), by=ADMIN)
        assert quotas.uses()[0].usd == pytest.approx(0.02)
