"""Rollouts: one a candidate, whose verdicts count until it fails or begins against another model."""

import pytest

from bot.domain.conversation import PersonId
from bot.domain.rollouts import Rollout, Verdict, Verdicts
from bot.ports.rollout_book import RolloutBook
from integrations.memory.rollouts import InMemoryRolloutBook
from integrations.postgres.rollouts import PostgresRolloutBook
from tests.conftest import Database

ADMIN = PersonId("slack:T1/U2")
SHADOW = Rollout("new", "old", "shadow", 0.1)
CANARY = Rollout("new", "old", "canary", 0.25, "C1")


@pytest.fixture(params=["memory", "postgres"])
def book(request: pytest.FixtureRequest) -> RolloutBook:
    if request.param == "memory":
        return InMemoryRolloutBook()
    database: Database = request.getfixturevalue("database")
    database.clear()
    return PostgresRolloutBook(database.pool)


def test_an_empty_book(book: RolloutBook) -> None:
    assert book.rollouts() == ()
    assert book.verdicts(latest=10) == {}
    assert not book.demote("new", why="bad")
    assert not book.end("new")
    book.note([])


def test_a_rollout_moves_on_and_its_verdicts_count_on(book: RolloutBook) -> None:
    book.begin(SHADOW, by=ADMIN)
    book.note([Verdict("new", True, True), Verdict("new", True, False), Verdict("new", False, True)])
    book.begin(CANARY, by=ADMIN)
    book.note([Verdict("new", True, True)])
    assert book.rollouts() == (CANARY,)
    assert book.verdicts(latest=10) == {"new": Verdicts((True, False, True), (True,))}
    assert book.verdicts(latest=2) == {"new": Verdicts((True, False), (True,))}


def test_a_demoted_one_stays_written_down_with_the_reason(book: RolloutBook) -> None:
    book.begin(CANARY, by=ADMIN)
    assert book.demote("new", why="accepted too seldom")
    assert not book.demote("new", why="again")
    (kept,) = book.rollouts()
    assert (kept.stage, kept.why) == ("demoted", "accepted too seldom")


@pytest.mark.parametrize("again", [CANARY, Rollout("new", "older", "shadow", 1.0)])
def test_who_begins_again_begins_without_a_past(book: RolloutBook, again: Rollout) -> None:
    book.begin(SHADOW, by=ADMIN)
    book.note([Verdict("new", True, False)])
    if again.incumbent == SHADOW.incumbent:
        book.demote("new", why="bad")
    book.begin(again, by=ADMIN)
    assert book.rollouts() == (again,)
    assert book.verdicts(latest=10).get("new", Verdicts()) == Verdicts()


def test_the_end_forgets_and_late_verdicts_are_dropped(book: RolloutBook) -> None:
    book.begin(SHADOW, by=ADMIN)
    book.begin(Rollout("other", "old", "canary", 1.0), by=ADMIN)
    assert book.end("new")
    book.note([Verdict("new", True, True), Verdict("other", False, False)])
    assert [one.candidate for one in book.rollouts()] == ["other"]
    assert book.verdicts(latest=10) == {"other": Verdicts((), (False,))}
