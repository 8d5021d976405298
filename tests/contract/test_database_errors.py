"""What the database says, in Maru's words: away, full or too slow is tried again; a refused statement is not."""

import pytest

from bot.domain.conversation import WORKSPACE
from bot.domain.documents import Chunk, Document
from bot.domain.errors import DatabaseUnavailable, DocumentRefused, PermanentError
from integrations.postgres.inbox import PostgresInbox
from integrations.postgres.library import PostgresLibrary
from integrations.postgres.pool import Pool, borrowed, connect
from tests.conftest import Database
from tests.contract.conftest import message

DOCUMENT = Document("a.md", "Title", "text", "d1", space=WORKSPACE)


def raised(pool: Pool, code: str) -> None:
    """Let the server raise a condition of this name."""
    with borrowed(pool) as connection:
        connection.execute(f"DO $$ BEGIN RAISE EXCEPTION 'because' USING ERRCODE = '{code}'; END $$")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("disk_full", "disk of the database is full"),
        ("query_canceled", "took too long"),
        ("read_only_sql_transaction", "does not answer"),
        ("internal_error", "does not answer"),
        ("admin_shutdown", "does not answer"),
    ],
)
def test_what_may_pass_later_is_unavailable(postgres_pool: Pool, code: str, words: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=words):
        raised(postgres_pool, code)


@pytest.mark.parametrize("code", ["program_limit_exceeded", "untranslatable_character", "undefined_table"])
def test_what_cannot_pass_is_permanent_and_says_why(postgres_pool: Pool, code: str) -> None:
    with pytest.raises(PermanentError, match="because"):
        raised(postgres_pool, code)


def test_a_server_that_vanished_is_noticed_within_ten_seconds(database: Database) -> None:
    with connect(database.server.url) as alone, database.pool.connection() as lent:
        for connection in (alone, lent):
            wire = connection.info.get_parameters()
            assert connection.autocommit
            assert wire["tcp_user_timeout"] == "5000"
            assert int(wire["keepalives_idle"]) + 5 <= 10
            assert int(wire["connect_timeout"]) <= 5


def test_trouble_tells_of_a_missing_table_in_words(postgres_pool: Pool) -> None:
    inbox = PostgresInbox(postgres_pool)
    assert inbox.trouble() is None
    with postgres_pool.connection() as connection:
        connection.execute("ALTER TABLE inbox RENAME TO elsewhere")
        try:
            said = inbox.trouble()
        finally:
            connection.execute("ALTER TABLE elsewhere RENAME TO inbox")
    assert said is not None
    assert 'relation "inbox" does not exist' in said


FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file "base/5/16": No space left' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON inbox EXECUTE FUNCTION no_room();
"""


def test_a_full_disk_is_told_before_an_event_is_lost_on_it_and_recovers(postgres_pool: Pool) -> None:
    inbox = PostgresInbox(postgres_pool)
    with postgres_pool.connection() as connection:
        connection.execute(FULL)
        try:
            said = inbox.trouble()
            with pytest.raises(DatabaseUnavailable, match="disk of the database is full"):
                inbox.keep(message(1))
        finally:
            connection.execute("DROP TRIGGER no_room ON inbox; DROP FUNCTION no_room")
    assert said is not None
    assert "The disk of the database is full (could not extend file" in said
    assert inbox.trouble() is None
    assert inbox.keep(message(1))


def test_asking_for_trouble_leaves_nothing_behind(postgres_pool: Pool) -> None:
    assert PostgresInbox(postgres_pool).trouble() is None
    with postgres_pool.connection() as connection:
        assert connection.execute(
            "SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM conversation)"
        ).fetchall() == [(0, 0)]


def test_a_document_that_the_database_cannot_keep_is_refused_by_name(postgres_pool: Pool) -> None:
    library = PostgresLibrary(postgres_pool)
    with pytest.raises(DocumentRefused, match=r"^a\.md: skipped, the database cannot keep it"):
        library.replace(DOCUMENT, [Chunk(("Title",), "text \x00", ("text",))])
    assert library.counts("model-a").documents == 0
