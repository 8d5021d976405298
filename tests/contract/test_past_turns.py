"""`PastTurns`: what was asked and how it was answered, newest first, over both storages."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain.escalation import Escalation
from bot.domain.events import CommandReceived
from bot.domain.messages import ModelCall, Receipt, RungTry
from bot.ports.inbox import InboxId
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

Keep = Callable[..., InboxId]


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
    def keep(
        number: int, *, apology: bool = False, receipt: Receipt = RECEIPT, about: InboxId | None = None
    ) -> InboxId:
        said = message(number)
        wish = CommandReceived(
            said.event_id, said.message_key, said.conversation, said.person, said.address, f"bigger {about}"
        )
        inbox.keep(said if about is None else wish)
        (claim,) = inbox.claim(limit=1, lease_seconds=LEASE)
        pair = None if about is None else Escalation(about, "how, alone?", "a draft", RECEIPT, accepted=True)
        turns.commit(replace(answered(claim, apology=apology), receipt=receipt, escalation=pair))
        return claim.inbox

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


def test_a_wish_for_a_bigger_model_disputes_the_answer_before_and_is_a_turn_of_its_own(
    kept: tuple[Keep, PastTurns],
) -> None:
    keep, turns = kept
    asked = keep(1)
    larger = replace(RECEIPT, tries=(RungTry("model", True, "backed", "large"),), question="how, alone?")
    keep(2, receipt=larger, about=asked)
    assert list(turns.newest(9)) == [
        PastTurn("how, alone?", "telegram:42", larger),
        PastTurn("question 1", "telegram:42", RECEIPT, disputed=True),
    ]


def test_a_follow_up_is_learned_as_it_stands_alone(kept: tuple[Keep, PastTurns]) -> None:
    keep, turns = kept
    keep(1, receipt=replace(RECEIPT, question="and who approves a deploy on staging?"))
    assert [turn.question for turn in turns.newest(9)] == ["and who approves a deploy on staging?"]
