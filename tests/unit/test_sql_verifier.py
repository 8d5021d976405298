"""One SELECT that only reads, written anew; without a database."""

import logging

import pytest

from bot.ensemble.verifiers.code import CHECKS, compiles
from bot.ensemble.verifiers.sql import LONGEST_QUERY, one_select, sql_fault
from bot.ensemble.verifiers.verdict import Draft

MAY_READ = frozenset({"orders", "people", "sales.deals"})


@pytest.mark.parametrize(
    ("query", "rewritten"),
    [
        ("select * from orders;", "SELECT * FROM orders"),
        ("select 1 /* ; drop */ -- x", "SELECT 1"),
        ("select a from orders where b like '%;drop%'", "SELECT a FROM orders WHERE b LIKE '%;drop%'"),
        (
            "with o as (select * from orders) select count(*) from o",
            "WITH o AS (SELECT * FROM orders) SELECT COUNT(*) FROM o",
        ),
        ("with orders as (select 1 as a) select a from orders", "WITH orders AS (SELECT 1 AS a) SELECT a FROM orders"),
        ("select a from public.orders union select b from people", None),
        ("with recursive t as (select 1 as n union all select n + 1 from t) select n from t limit 5", None),
        ("select date_trunc('month', at), sum(x) filter (where x > 1) over (order by at) from sales.deals", None),
        ("select to_hex(5), string_to_table('a b', ' '), md5(name) from people", None),
    ],
)
def test_what_reads_is_written_anew(query: str, rewritten: str | None) -> None:
    judged = one_select("postgres", tables=MAY_READ)(Draft(query))
    assert judged.verdict.accepted, judged.verdict
    assert rewritten is None or judged.value == rewritten
    again = one_select("postgres", tables=MAY_READ)(Draft(judged.value or ""))
    assert again.value == judged.value, "what is run is accepted as it is run"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "-- nothing",
        "I do not know.",
        "select a from",
        "select 1; drop table orders",
        "delete from orders",
        "update orders set a = 1",
        "with gone as (delete from orders returning *) select * from gone",
        "select * into copy from orders",
        "select * from orders for update",
        "explain analyze delete from orders",
        "copy orders to program 'id'",
        "do $$ begin end $$",
        "set role postgres",
        "begin",
        "call f()",
        "vacuum",
        "values (1)",
        "select pg_sleep(10)",
        "select pg_catalog.pg_sleep(10)",
        "select * from pg_ls_dir('.')",
        "select * from rows from (pg_ls_dir('.'))",
        "select * from dblink('x', 'y') as t(a int)",
        "select query_to_xml('delete from orders', true, true, '')",
        "select set_config('a', 'b', true), current_setting('data_directory')",
        "select nextval('s')",
        "select cast(lo_import('/etc/passwd') as int)",
        "select pg_terminate_backend(1)",
        "select pg_advisory_lock(1)",
        "select public.my_function(1)",
        "select * from information_schema.tables",
        "select * from pg_user",
        "select $1",
        "select * from orders where a = :name",
        "select * from secret",
        "select (select x from secret limit 1)",
        "select * from orders o join lateral (select * from secret) s on true",
        "table secret",
        "select * from secret.orders",
        'select * from "Orders"',
        "with secret as (select * from secret) select * from secret",
        'with "SECRET" as (select 1) select * from secret',
        "select * from orders where exists (with secret as (select 1) select 1) and 1 in (select 1 from secret)",
        "with a as (select * from b), b as (select 1) select * from a",
        "select " + "(" * 3_000 + "1" + ")" * 3_000,
        "select '" + "x" * LONGEST_QUERY + "'",
    ],
)
def test_everything_else_is_refused(query: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        judged = one_select("postgres", tables=MAY_READ)(Draft(query))
    assert (judged.value, judged.verdict.accepted) == (None, False)
    assert judged.verdict.why
    assert caplog.records == [], "what people ask for is not logged"


def test_without_a_list_any_table_but_the_databases_own() -> None:
    judge = one_select("postgres")
    assert judge(Draft("select * from anything")).value
    assert not judge(Draft("select * from pg_catalog.pg_class")).value
    assert not one_select("sqlite")(Draft("select * from sqlite_master")).value


def test_sql_in_a_code_block() -> None:
    verify = compiles({**CHECKS, "sql": sql_fault})
    assert verify(Draft("```sql\nCREATE TABLE a (b int);\n```")).accepted
    assert not verify(Draft("```sql\nSELECT FROM WHERE\n```")).accepted
