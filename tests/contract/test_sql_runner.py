"""Data is asked read-only, within a time, up to a number of rows, and in words when it cannot be."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from bot.domain.errors import DatabaseUnavailable, QueryRefused
from bot.ensemble.verifiers.sql import answering
from bot.ensemble.verifiers.verdict import Draft
from bot.ports.sql_runner import Rows, SqlRunner
from integrations.memory.sql_runner import InMemorySqlRunner
from integrations.postgres.sql_runner import PostgresSqlRunner

SCRIPT = """
CREATE TABLE orders (id integer, customer text, total real, note text);
INSERT INTO orders VALUES (1, '김민지', 20.5, NULL), (2, 'Jo', 10, 'late'), (3, 'Jo', 5.25, NULL);
"""
FOREVER = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) AS n FROM t"

Make = Callable[..., SqlRunner]


@pytest.fixture(params=["memory", "postgres"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes a runner over the same orders in each technology."""
    if request.param == "memory":
        made: list[InMemorySqlRunner] = []

        def in_memory(**limits: float) -> SqlRunner:
            made.append(InMemorySqlRunner(SCRIPT, **limits))
            return made[-1]

        yield in_memory
        for runner in made:
            runner.close()
        return
    url = request.getfixturevalue("bare_database_url")
    with psycopg.connect(url) as connection:
        connection.execute(SCRIPT)
    yield lambda **limits: PostgresSqlRunner(url, **limits)


class TestReading:
    def test_rows_have_names_and_plain_values(self, make: Make) -> None:
        found = make().run("SELECT id, customer, total, note FROM orders ORDER BY id")
        assert found == Rows(
            ("id", "customer", "total", "note"),
            ((1, "김민지", 20.5, None), (2, "Jo", 10.0, "late"), (3, "Jo", 5.25, None)),
        )

    def test_up_to_a_number_of_rows(self, make: Make) -> None:
        runner = make(most_rows=2)
        found = runner.run("SELECT id FROM orders ORDER BY id")
        assert (found.rows, found.more) == (((1,), (2,)), True)
        assert not runner.run("SELECT id FROM orders WHERE id > 1").more

    def test_nothing_found_is_no_failure(self, make: Make) -> None:
        assert make().run("SELECT id FROM orders WHERE id > 9") == Rows(("id",), ())

    def test_a_percent_sign_is_itself(self, make: Make) -> None:
        assert make().run("SELECT id FROM orders WHERE note LIKE 'l%'").rows == ((2,),)


class TestRefusing:
    @pytest.mark.parametrize(
        "query",
        [
            "DELETE FROM orders",
            "INSERT INTO orders VALUES (4, 'x', 1, NULL)",
            "DROP TABLE orders",
            "SELECT 1; DELETE FROM orders",
            "SELECT 1; COMMIT; DELETE FROM orders",
            "SELECT 1) AS x; DELETE FROM orders; --",
            "WITH gone AS (DELETE FROM orders RETURNING id) SELECT id FROM gone",
            "SELECT nothing FROM orders",
            "SELECT id FROM nowhere",
            "SELEC id",
            "",
        ],
    )
    def test_what_only_reads_is_run_and_nothing_else(self, make: Make, query: str) -> None:
        runner = make()
        with pytest.raises(QueryRefused, match=r"Nothing was changed"):
            runner.run(query)
        assert runner.run("SELECT count(*) AS n FROM orders").rows == ((3,),)

    def test_what_takes_too_long_is_given_up(self, make: Make) -> None:
        runner = make(seconds=0.2)
        with pytest.raises(QueryRefused, match=r"longer than 0\.2 s"):
            runner.run(FOREVER)
        assert runner.run("SELECT 1 AS one").rows == ((1,),)


class TestVerifying:
    @pytest.mark.parametrize(
        ("draft", "accepted", "why"),
        [
            ("```sql\nSELECT customer, SUM(total) AS spent FROM orders GROUP BY customer\n```", True, "finds 2 row"),
            ("SELECT id FROM orders WHERE id > 9", False, "finds nothing"),
            ("SELECT SUM(total) AS spent FROM orders WHERE id > 9", False, "finds nothing"),
            ("SELECT COUNT(*) AS n FROM orders WHERE id > 9", True, "finds 1 row"),
            ("SELECT price FROM orders", False, "does not run"),
            ("DELETE FROM orders", False, "no SELECT but DELETE"),
            ("SELECT id FROM orders; SELECT 2", False, "2 statements"),
            ("SELECT id FROM orders WHERE", False, "no SQL"),
            ("The total is 35.75.", False, "no SQL"),
        ],
    )
    def test_a_draft_is_one_select_that_runs_and_finds_something(
        self, make: Make, draft: str, accepted: bool, why: str
    ) -> None:
        judged = answering(make())(Draft(draft))
        assert (judged.verdict.accepted, judged.value is not None) == (accepted, accepted)
        assert why in judged.verdict.why

    def test_what_it_found_comes_with_the_query_as_it_was_run(self, make: Make) -> None:
        judged = answering(make())(Draft("select id from orders -- all\nwhere id = 2"))
        assert judged.value is not None
        assert judged.value.query == "SELECT id FROM orders WHERE id = 2"
        assert judged.value.rows == Rows(("id",), ((2,),))


def test_a_function_that_writes_is_stopped_by_the_transaction(bare_database_url: str) -> None:
    with psycopg.connect(bare_database_url) as connection:
        connection.execute(SCRIPT)
        connection.execute(
            "CREATE FUNCTION sly() RETURNS integer LANGUAGE sql AS 'DELETE FROM orders RETURNING id' VOLATILE"
        )
    runner = PostgresSqlRunner(bare_database_url)
    with pytest.raises(QueryRefused, match="read-only"):
        runner.run("SELECT sly() AS id")
    assert runner.run("SELECT count(*) AS n FROM orders").rows == ((3,),)


def test_a_database_that_is_away_is_said_to_be() -> None:
    with pytest.raises(DatabaseUnavailable):
        PostgresSqlRunner("postgresql://maru@127.0.0.1:1/maru").run("SELECT 1")
