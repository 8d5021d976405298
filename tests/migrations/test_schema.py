"""The migrations on an empty database: up, twice, and down again."""

import os
import subprocess

import psycopg
import pytest

from workers import migrate
from workers.migrate import MIGRATIONS, pending

TABLES = {
    "audit",
    "change_ahead",
    "chunk",
    "concern",
    "conversation",
    "curated_answer",
    "curated_wording",
    "document",
    "escalation",
    "frequency",
    "feedback",
    "feedback_told",
    "inbox",
    "ledger",
    "ledger_day",
    "model_rollout",
    "model_switch",
    "model_verdict",
    "outbox",
    "person",
    "posting",
    "quota",
    "schedule",
    "schema_migrations",
    "skill",
    "source",
    "source_item",
    "space",
    "tally",
    "term",
    "turn",
    "worker",
}


def described(url: str) -> list[tuple[str, ...]]:
    """Every column, constraint and index, and which migrations are noted."""
    with psycopg.connect(url) as connection:
        return [
            *connection.execute(
                "SELECT table_name, column_name, data_type, is_nullable, column_default "
                "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
            ),
            *connection.execute(
                "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
                "WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2"
            ),
            *connection.execute("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"),
            *connection.execute("SELECT version FROM schema_migrations ORDER BY 1"),
        ]


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {name for (name,) in rows}


def test_up_on_an_empty_database(bare_database_url: str) -> None:
    assert pending(bare_database_url) == sorted(path.name for path in MIGRATIONS.glob("*.sql"))
    migrate.migrate(bare_database_url)
    assert tables(bare_database_url) >= TABLES
    assert pending(bare_database_url) == []


def test_a_second_run_changes_nothing_and_keeps_the_rows(bare_database_url: str) -> None:
    migrate.migrate(bare_database_url)
    before = described(bare_database_url)
    with psycopg.connect(bare_database_url) as connection:
        connection.execute("INSERT INTO person (id, admitted_by) VALUES ('telegram:42', 'console:local')")
    migrate.migrate(bare_database_url)
    assert described(bare_database_url) == before
    with psycopg.connect(bare_database_url) as connection:
        assert connection.execute("SELECT id FROM person").fetchall() == [("telegram:42",)]


def test_down_removes_every_table_and_up_works_again(bare_database_url: str) -> None:
    migrate.migrate(bare_database_url)
    before = described(bare_database_url)
    for _ in list(MIGRATIONS.glob("*.sql")):
        _down(bare_database_url)
    assert tables(bare_database_url) == {"schema_migrations"}
    migrate.migrate(bare_database_url)
    assert described(bare_database_url) == before


@pytest.mark.parametrize("name", sorted(path.name for path in MIGRATIONS.glob("*.sql")))
def test_every_migration_can_be_undone(name: str) -> None:
    text = (MIGRATIONS / name).read_text(encoding="utf-8")
    assert "-- migrate:up" in text
    assert text.partition("-- migrate:down")[2].strip()


def _down(url: str) -> None:
    done = subprocess.run(
        [migrate._dbmate(), *migrate.OPTIONS, "rollback"],
        env={migrate.ADDRESS_VARIABLE: migrate.dbmate_url(url), "PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
