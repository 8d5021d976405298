"""How the models fare: what living processes say of them, and what the receipts of the last day say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest

from bot.domain.messages import Receipt, RungTry
from bot.domain.models import ModelLoad
from bot.ports.model_census import ModelCensus, ModelPulse, Tries
from integrations.memory.clock import FrozenClock
from integrations.memory.database import MemoryDatabase
from integrations.memory.inbox import InMemoryInbox, InMemoryTurnStore
from integrations.memory.switchboard import InMemoryModelCensus
from integrations.postgres.census import PostgresModelCensus
from integrations.postgres.inbox import PostgresInbox, PostgresTurnStore
from integrations.postgres.pool import Pool
from integrations.postgres.status import WorkerPulse
from tests.conftest import Database
from tests.contract.conftest import LEASE, answered, message

WELL = ModelPulse("qwen", ModelLoad(3, 1))
ILL = ModelPulse("qwen", ModelLoad(0, 0), "qwen at http://gpu-1: refused")
OTHER = ModelPulse("large", ModelLoad(1, 0))


@dataclass(frozen=True, slots=True)
class Town:
    """Processes that beat, turns that end, and what the census makes of it."""

    census: ModelCensus
    beat: Callable[[str, Sequence[ModelPulse]], None]
    settle: Callable[[Receipt], None]


@pytest.fixture(params=["memory", "postgres"])
def town(request: pytest.FixtureRequest) -> Town:
    if request.param == "memory":
        rows = MemoryDatabase(FrozenClock())
        census = InMemoryModelCensus(rows)
        return Town(census, census.beat, settling(InMemoryInbox(rows), InMemoryTurnStore(rows)))
    database: Database = request.getfixturevalue("database")
    database.clear()
    pool = database.pool

    def beat(name: str, pulses: Sequence[ModelPulse]) -> None:
        WorkerPulse(pool, name, models=lambda: list(pulses)).beat()

    return Town(PostgresModelCensus(pool), beat, settling(PostgresInbox(pool), PostgresTurnStore(pool)))


def settling(inbox: InMemoryInbox | PostgresInbox, turns: InMemoryTurnStore | PostgresTurnStore) -> Callable[..., None]:
    numbers = iter(range(1, 100))

    def settle(receipt: Receipt) -> None:
        assert inbox.keep(message(next(numbers)))
        (claim,) = inbox.claim(limit=1, lease_seconds=LEASE)
        turns.commit(replace(answered(claim), receipt=receipt))

    return settle


def test_an_empty_town_knows_nothing(town: Town) -> None:
    assert town.census.pulses() == {}
    assert town.census.tries() == {}


def test_every_process_says_how_each_model_fares_there_and_only_the_last_word_counts(town: Town) -> None:
    town.beat("dialogue on here:1", [ILL])
    town.beat("dialogue on here:1", [WELL, OTHER])
    town.beat("dialogue on here:2", [ILL])
    town.beat("delivery on here:3", [])
    assert town.census.pulses() == {"qwen": (WELL, ILL), "large": (OTHER,)}


def test_tries_are_counted_by_model(town: Town) -> None:
    town.settle(Receipt("answer", (RungTry("model", False, "no", "qwen"), RungTry("model", True, "yes", "large"))))
    town.settle(Receipt("answer", (RungTry("model", True, "yes", "qwen"),)))
    town.settle(Receipt("answer", (RungTry("quote", True, "quoted"),)))
    town.settle(Receipt("answer", (RungTry("model", False, "down", "qwen", judged=False),)))
    town.settle(Receipt("answer", (RungTry("model", False, "hurry", "large", tried=False, judged=False),)))
    assert town.census.tries() == {"qwen": Tries(3, 2, 1), "large": Tries(1, 1, 1)}


def test_a_process_that_is_gone_and_a_day_that_is_over_do_not_count(postgres_pool: Pool) -> None:
    census = PostgresModelCensus(postgres_pool)
    WorkerPulse(postgres_pool, "dialogue on here:1", models=lambda: [WELL]).beat()
    settling(PostgresInbox(postgres_pool), PostgresTurnStore(postgres_pool))(
        Receipt("answer", (RungTry("model", True, "yes", "qwen"),))
    )
    with postgres_pool.connection() as connection:
        connection.execute("UPDATE worker SET seen_at = seen_at - interval '31 seconds'")
        connection.execute("UPDATE turn SET at = at - interval '25 hours'")
    assert census.pulses() == {}
    assert census.tries() == {}
