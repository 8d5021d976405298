"""`Leadership`: one at a time, and another as soon as that one is gone."""

from collections.abc import Callable

import pytest

from bot.domain.errors import DatabaseUnavailable
from bot.ports.leadership import Leadership
from integrations.memory.leadership import InMemoryLeadership
from integrations.postgres.leadership import PostgresLeadership
from tests.conftest import Database

Candidate = Callable[[str], Leadership]


@pytest.fixture(params=["memory", "postgres"])
def candidate(request: pytest.FixtureRequest) -> Candidate:
    """Make candidates for a role."""
    if request.param == "memory":
        holders: dict[str, object] = {}
        return lambda role: InMemoryLeadership(holders, role)
    database: Database = request.getfixturevalue("database")

    def make(role: str) -> Leadership:
        made = PostgresLeadership(database.server.url, role)
        request.addfinalizer(made.give_up)
        return made

    return make


def test_one_leads_and_goes_on_leading(candidate: Candidate) -> None:
    first, second = candidate("telegram:1"), candidate("telegram:1")
    assert [first.held(), second.held(), first.held(), second.held()] == [True, False, True, False]


def test_roles_do_not_meet(candidate: Candidate) -> None:
    assert candidate("telegram:1").held()
    assert candidate("telegram:2").held()


def test_who_gives_it_up_can_be_followed_and_follow_again(candidate: Candidate) -> None:
    first, second = candidate("telegram:1"), candidate("telegram:1")
    assert first.held()
    first.give_up()
    first.give_up()
    assert second.held()
    assert not first.held()
    second.give_up()
    assert first.held()


def test_a_leader_whose_connection_is_cut_learns_it_and_another_leads(database: Database) -> None:
    first = PostgresLeadership(database.server.url, "telegram:cut")
    second = PostgresLeadership(database.server.url, "telegram:cut")
    assert first.held()
    with database.pool.connection() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
    while not second.held():
        pass
    with pytest.raises(DatabaseUnavailable, match="telegram:cut"):
        first.held()
    assert not first.held()
    second.give_up()
    assert first.held()
    first.give_up()
