"""`RouterDial`: one threshold for everybody, over both storages."""

import pytest

from bot.domain.conversation import PersonId
from bot.ports.router_dial import RouterDial
from integrations.memory.switchboard import InMemoryRouterDial
from integrations.postgres.router_dial import PostgresRouterDial
from tests.conftest import Database


@pytest.fixture(params=["memory", "postgres"])
def dial(request: pytest.FixtureRequest) -> RouterDial:
    if request.param == "memory":
        return InMemoryRouterDial()
    database: Database = request.getfixturevalue("database")
    database.clear()
    return PostgresRouterDial(database.pool)


def test_nobody_has_set_it_at_first(dial: RouterDial) -> None:
    assert dial.threshold() is None


def test_the_last_setting_counts(dial: RouterDial) -> None:
    dial.turn(0.7, by=PersonId("slack:T1/U2"))
    dial.turn(0.25, by=PersonId("slack:T1/U3"))
    assert dial.threshold() == 0.25
