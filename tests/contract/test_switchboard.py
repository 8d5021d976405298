"""Switches of models: kept once, for everybody, until they are switched back."""

import pytest

from bot.domain.conversation import PersonId
from bot.ports.switchboard import Switchboard
from integrations.memory.switchboard import InMemorySwitchboard
from integrations.postgres.switchboard import PostgresSwitchboard
from tests.conftest import Database

ADMIN, OTHER = PersonId("slack:T1/U2"), PersonId("slack:T1/U3")


@pytest.fixture(params=["memory", "postgres"])
def board(request: pytest.FixtureRequest) -> Switchboard:
    if request.param == "memory":
        return InMemorySwitchboard()
    database: Database = request.getfixturevalue("database")
    database.clear()
    return PostgresSwitchboard(database.pool)


def test_nothing_is_off_at_first(board: Switchboard) -> None:
    assert board.off() == frozenset()


def test_a_switch_is_kept_until_it_is_switched_back(board: Switchboard) -> None:
    assert board.switch("a", off=True, by=ADMIN)
    assert board.switch("b", off=True, by=ADMIN)
    assert board.off() == {"a", "b"}
    assert board.switch("a", off=False, by=OTHER)
    assert board.off() == {"b"}


def test_twice_is_once_and_says_so(board: Switchboard) -> None:
    assert not board.switch("a", off=False, by=ADMIN)
    assert board.switch("a", off=True, by=ADMIN)
    assert not board.switch("a", off=True, by=OTHER)
    assert board.off() == {"a"}
