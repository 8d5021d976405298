"""Whether a draft is one harmless SELECT that runs and finds something.

What was checked is what is run: the query is written anew from its syntax tree, for two parsers may read one text in
two ways. Functions are allowed by name; one that the parser does not know and this list does not name is refused.
sqlglot (MIT, pure Python) costs a process 38 MB and a third of a second: import this module only where data is asked.
"""

import logging
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from bot.domain.errors import QueryRefused
from bot.ensemble.verifiers.fences import bare
from bot.ensemble.verifiers.verdict import Draft, Judged, Verdict
from bot.ports.sql_runner import Rows, SqlRunner

logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it writes queries that it cannot parse into the log

LONGEST_QUERY = 8_000
"""Characters."""

HARMLESS = frozenset(
    (
        "a age and array_position array_positions array_remove array_replace ascii beside bit_length btrim "
        "cardinality cbrt chr clock_timestamp compute concat_ws cosd cume_dist date date_bin degrees div factorial "
        "for format gcd gen_random_uuid get_byte has initcap isfinite isoyear ite json_array_elements "
        "json_array_elements_text json_array_length json_build_object json_object_keys json_typeof "
        "jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_object jsonb_each "
        "jsonb_each_text jsonb_object_keys jsonb_typeof julianday justify_days justify_hours justify_interval lcm "
        "make_date make_interval make_time make_timestamp make_timestamptz md5 mod mode node ntile num_nonnulls "
        "num_nulls octet_length of only ostgres overlay parser percent_rank pi quote_ident quote_literal radians "
        "regexp_count regexp_match regexp_matches regexp_split_to_array regexp_split_to_table regr_count "
        "regr_intercept regr_r2 regr_slope scale similarity sind statement_timestamp strftime string_to_table strpos "
        "substr tand that the those timeofday to_hex total transaction_timestamp translate trim_scale unaccent "
        "unctions width_bucket word_similarity"
    ).split()
)
"""Functions of Postgres and SQLite that only compute, beside those that the parser has a node for."""

_HARMFUL = (
    exp.DDL,
    exp.DML,
    exp.Command,
    exp.Into,
    exp.Lock,
    exp.ReadCSV,
    exp.ReadParquet,
    exp.NextValueFor,
    exp.Pragma,
    exp.Set,
    exp.Use,
    exp.Transaction,
    exp.Commit,
    exp.Rollback,
    exp.Kill,
    exp.Copy,
    exp.Attach,
    exp.Detach,
)
_CATALOGUES = frozenset({"pg_catalog", "information_schema", "pg_toast"})
_HIDDEN = ("pg_", "sqlite_")


@dataclass(frozen=True, slots=True)
class Found:
    """A query that ran, as it was run, and what it returned."""

    query: str
    rows: Rows


def one_select(dialect: str, *, tables: Set[str] | None = None) -> Callable[[Draft], Judged[str]]:
    """Return the judge that accepts one SELECT and returns it, written anew in `dialect`.

    tables: names in lower case, with their schema unless it is `public`; a query that reads another is refused. None:
    any but the catalogues.
    """

    def judge(draft: Draft) -> Judged[str]:
        text = bare(draft.text)
        if len(text) > LONGEST_QUERY:
            return Judged(Verdict(False, f"the query is longer than {LONGEST_QUERY} characters"))
        try:
            statements = [one for one in sqlglot.parse(text, dialect=dialect) if one is not None]
            fault = next(_faults(statements, tables), None)
            query = statements[0].sql(dialect=dialect, comments=False) if fault is None else ""
        except (SqlglotError, RecursionError, ValueError) as error:
            said = (str(error).strip().splitlines() or ["nested too deeply"])[0]
            return Judged(Verdict(False, f"the draft is no SQL: {said[:120]}"))
        return Judged(Verdict(False, fault)) if fault else Judged(Verdict(True, "one SELECT"), query)

    return judge


def answering(runner: SqlRunner, *, tables: Set[str] | None = None) -> Callable[[Draft], Judged[Found]]:
    """Return the judge that accepts one SELECT which the runner's database runs and which finds something.

    A row of nothing but NULL, as a sum over no rows gives, is nothing. Raises DatabaseUnavailable.
    """
    parsed = one_select(runner.dialect, tables=tables)

    def judge(draft: Draft) -> Judged[Found]:
        select = parsed(draft)
        if select.value is None:
            return Judged(select.verdict)
        try:
            rows = runner.run(select.value)
        except QueryRefused as error:
            return Judged(Verdict(False, f"the query does not run: {error}"))
        if all(cell is None for row in rows.rows for cell in row):
            return Judged(Verdict(False, "the query runs and finds nothing"))
        count = f"more than {len(rows.rows)}" if rows.more else str(len(rows.rows))
        return Judged(Verdict(True, f"the query runs and finds {count} row(s)"), Found(select.value, rows))

    return judge


def sql_fault(code: str) -> str | None:
    """Return why code is no SQL of any kind; a check for verifiers/code.py."""
    try:
        sqlglot.parse(code)
    except (SqlglotError, RecursionError, ValueError) as error:
        return (str(error).strip().splitlines() or ["nested too deeply"])[0]
    return None


def _faults(statements: list[exp.Expr], tables: Set[str] | None) -> Iterator[str]:
    if len(statements) != 1:
        yield f"the draft has {len(statements)} statements and not one" if statements else "the draft has no statement"
        return
    (statement,) = statements
    if not isinstance(statement, exp.Query):
        yield f"the draft is no SELECT but {statement.key.upper()}"
        return
    for node in statement.walk():
        yield from _node_faults(node, tables)


def _node_faults(node: exp.Expr, tables: Set[str] | None) -> Iterator[str]:
    if isinstance(node, _HARMFUL):
        yield f"the query does more than read ({node.key.upper()})"
    elif isinstance(node, exp.Placeholder | exp.Parameter | exp.SessionParameter):
        yield "the query has a blank that nobody fills in"
    elif isinstance(node, exp.Anonymous | exp.AnonymousAggFunc) and node.name.lower() not in HARMLESS:
        yield f"the query calls `{node.name}`, which is not known to be harmless"
    elif isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        yield "the query calls a function of another schema"
    elif isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        yield from _table_faults(node, tables)


def _table_faults(table: exp.Table, tables: Set[str] | None) -> Iterator[str]:
    if not table.db and _named_in_the_query(table):
        return
    if table.db.lower() in _CATALOGUES or table.name.lower().startswith(_HIDDEN):
        yield f"the query reads the database's own table `{table.name}`"
    elif tables is not None and _qualified(table) not in tables:
        yield f"the query reads `{table.name}`, which is not among the tables it may read"


def _named_in_the_query(table: exp.Table) -> bool:
    """Tell whether a name is that of a WITH around it, and not of a table which merely has the same name."""
    name = _exact(table.this)
    inside: exp.CTE | None = None
    node = table.parent
    while node is not None:
        if isinstance(node, exp.CTE):
            inside = node
        elif (clause := node.args.get("with_")) is not None:
            visible = list(clause.expressions)
            position = next((at for at, one in enumerate(visible) if one is inside), len(visible))
            known = visible if clause.recursive else visible[:position]
            if any(_exact(one.args["alias"].this) == name for one in known):
                return True
        node = node.parent
    return False


def _qualified(table: exp.Table) -> str:
    name, schema = _exact(table.this), table.args.get("db")
    return name if schema is None or _exact(schema) == "public" else f"{_exact(schema)}.{name}"


def _exact(identifier: exp.Expr) -> str:
    return identifier.name if identifier.args.get("quoted") else identifier.name.lower()
