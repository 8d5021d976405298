"""`PastTurns`: what was asked and how it was answered, newest first, over both storages."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain.messages import ModelCall, Receipt, RungTry
from bot.ports.past_turns import PastTurn, PastTurns
from integrations.memory.clock import FrozenClock
from integrations.memory.database import MemoryDatabase
from integrations.memory.inbox import InMemoryInbox, InMemoryTurnStore
from integrations.memory.past_turns import InMemoryPastTurns
from integrations.postgres.inbox import PostgresInbox, PostgresTurnStore
from integrations.postgres.past_turns import PostgresPastTurns
from tests.conftest import Database
from tests.contract.conftest import LEASE, answered, message

RECEIPT = Receipt(
    skill="answer-from-knowledge",
    tries=(RungTry("model", False, "not backed", "small"), RungTry("model", True, "backed", "large")),
    calls=(ModelCall("answer", "small", 100, 20, 0.5), ModelCall("answer", "large", 100, 20, 1.5)),
)

Keep = Callable[..., None]


@pytest.fixture(params=["memory", "postgres"])
def kept(request: pytest.FixtureRequest) -> tuple[Keep, PastTurns]:
    """What settles one message, and the turns over the same rows."""
    if request.param == "memory":
        memory = MemoryDatabase(FrozenClock())
        return _keeper(InMemoryInbox(memory), InMemoryTurnStore(memory)), InMemoryPastTurns(memory)
    database: Database = request.getfixturevalue("database")
    database.clear()
    pool = database.pool
    return _keeper(PostgresInbox(pool), PostgresTurnStore(pool)), PostgresPastTurns(pool)


def _keeper(inbox: InMemoryInbox | PostgresInbox, turns: InMemoryTurnStore | PostgresTurnStore) -> Keep:
    def keep(number: int, *, apology: bool = False) -> None:
        inbox.keep(message(number))
        (claim,) = inbox.claim(limit=1, lease_seconds=LEASE)
        turns.commit(replace(answered(claim, apology=apology), receipt=RECEIPT))

    return keep


def test_the_newest_come_first_with_the_account_of_their_turn(kept: tuple[Keep, PastTurns]) -> None:
    keep, turns = kept
    for number in (1, 2, 3):
        keep(number)
    assert list(turns.newest(2)) == [
        PastTurn("question 3", "telegram:42", RECEIPT),
        PastTurn("question 2", "telegram:42", RECEIPT),
    ]


def test_an_apology_teaches_nothing(kept: tuple[Keep, PastTurns]) -> None:
    keep, turns = kept
    keep(1, apology=True)
    keep(2)
    assert [turn.question for turn in turns.newest(9)] == ["question 2"]


def test_where_nothing_was_answered_there_is_nothing(kept: tuple[Keep, PastTurns]) -> None:
    assert list(kept[1].newest(9)) == []
