"""Row-level security: whoever searches reads no row of a space that is not named for the transaction."""

from collections.abc import Iterator
from typing import LiteralString

import psycopg
import pytest

from bot.domain.conversation import WORKSPACE, Space
from bot.domain.documents import Chunk, Document
from integrations.postgres.library import PostgresChunkIndex, PostgresLibrary
from integrations.postgres.pool import Pool, open_pool
from integrations.postgres.statements import statement
from tests.conftest import Database
from workers.embedded.postgres import EmbeddedPostgres
from workers.migrate import MigrationFailed, migrate

PRIVATE = Space("channel:slack:T1/C1")
TABLES = ("space", "document", "chunk", "posting", "frequency")
MODEL = "model-a"


def keep(pool: Pool) -> None:
    library = PostgresLibrary(pool)
    for space, word in ((WORKSPACE, "open"), (PRIVATE, "secret")):
        library.replace(Document(f"{word}.md", word, "", "d", space=space), [Chunk((word,), word, (word, "both"))])
    waiting = library.unembedded(model=MODEL, limit=10)
    library.set_embeddings(MODEL, [(chunk, (1.0, 0.0, 0.0)) for chunk, _ in waiting])


def rows(pool: Pool, *spaces: Space) -> dict[str, int]:
    """Count the rows of every table as a search would see them, without any condition of its own."""
    with pool.connection() as connection, connection.transaction():
        connection.execute(statement("readable"), {"spaces": list(spaces)})
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}


def attempt(pool: Pool, what: LiteralString) -> None:
    with pool.connection() as connection, connection.transaction():
        connection.execute(statement("readable"), {"spaces": [WORKSPACE]})
        connection.execute(what)


@pytest.fixture
def walled(postgres_pool: Pool) -> Pool:
    keep(postgres_pool)
    return postgres_pool


class TestTheWall:
    def test_nothing_named_is_nothing_readable(self, walled: Pool) -> None:
        assert rows(walled) == dict.fromkeys(TABLES, 0)
        assert rows(walled, Space("channel:slack:T1/C404")) == dict.fromkeys(TABLES, 0)

    def test_without_any_condition_only_the_named_spaces_rows(self, walled: Pool) -> None:
        assert rows(walled, WORKSPACE) == {"space": 1, "document": 1, "chunk": 1, "posting": 2, "frequency": 2}
        assert rows(walled, WORKSPACE, PRIVATE) == {
            "space": 2, "document": 2, "chunk": 2, "posting": 4, "frequency": 4,
        }  # fmt: skip

    def test_the_role_alone_reads_nothing(self, walled: Pool) -> None:
        with walled.connection() as connection, connection.transaction():
            connection.execute("SET LOCAL ROLE maru_reader")
            assert [connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in TABLES] == [(0,)] * 5

    @pytest.mark.parametrize("table", [*TABLES, "term"])
    def test_the_role_changes_nothing(self, walled: Pool, table: str) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            attempt(walled, f"DELETE FROM {table}")

    @pytest.mark.parametrize("table", ["inbox", "turn", "outbox", "person", "audit", "ledger"])
    def test_the_role_reads_no_other_table(self, walled: Pool, table: str) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            attempt(walled, f"SELECT FROM {table}")

    def test_after_a_search_the_connection_is_what_it_was(self, walled: Pool) -> None:
        index = PostgresChunkIndex(walled, model=MODEL)
        assert index.search(terms=["secret"], vector=None, spaces=(WORKSPACE,), limit=5).passages == ()
        assert not index.empty((PRIVATE,))
        with walled.connection() as connection:
            said = connection.execute("SELECT current_user = session_user, current_setting('maru.spaces')").fetchone()
            assert said == (True, "")
            assert connection.execute("SELECT count(*) FROM chunk").fetchone() == (2,)

    def test_a_search_that_forgot_its_condition_still_finds_nothing_of_others(
        self, walled: Pool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        open_search = (
            statement("search")
            .replace("WHERE name = ANY(%(spaces)s)", "")
            .replace("= ANY((SELECT ids FROM readable)::int[])", "IS NOT NULL")
        )
        monkeypatch.setattr("integrations.postgres.library._SEARCH", open_search)
        index = PostgresChunkIndex(walled, model=MODEL)
        found = index.search(terms=["both", "secret"], vector=None, spaces=(WORKSPACE,), limit=5)
        assert [one.text for one in found.passages] == ["open"]
        assert len(index.search(terms=["both"], vector=None, spaces=(WORKSPACE, PRIVATE), limit=5).passages) == 2


@pytest.fixture
def owner(database: Database) -> Iterator[str]:
    """The address of an empty database whose owner is nobody special: no superuser, and may create no roles."""
    server = database.server
    with psycopg.connect(server.url_of("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE plain LOGIN PASSWORD 'plain'")
        connection.execute("CREATE DATABASE plain OWNER plain")
        with psycopg.connect(server.url_of("plain"), autocommit=True) as own:
            own.execute("CREATE EXTENSION vector")
        yield plain(server)
        connection.execute("DROP DATABASE plain WITH (FORCE)")
        connection.execute("REVOKE maru_reader FROM plain")
        connection.execute("DROP ROLE plain")


def plain(server: EmbeddedPostgres) -> str:
    return server.url_of("plain").replace(f"{server.url.partition('//')[2].partition('@')[0]}@", "plain:plain@")


class TestAnOrdinaryOwner:
    def test_is_told_what_to_grant_and_then_searches(self, database: Database, owner: str) -> None:
        with pytest.raises(MigrationFailed, match="GRANT maru_reader TO plain"):
            migrate(owner)
        with psycopg.connect(database.server.url_of("postgres"), autocommit=True) as connection:
            connection.execute("GRANT maru_reader TO plain")
        migrate(owner)
        with open_pool(owner, max_size=2) as pool:
            keep(pool)
            assert rows(pool, WORKSPACE)["chunk"] == 1
            found = PostgresChunkIndex(pool, model=MODEL).search(
                terms=["both"], vector=(1.0, 0.0, 0.0), spaces=(PRIVATE,), limit=5
            )
            assert [(one.text, one.space) for one in found.passages] == [("secret", PRIVATE)]
