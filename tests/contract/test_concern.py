"""What a process without a face of its own is worried about shows in `status`, while it lasts."""

from integrations.memory.library import InMemoryLibrary
from integrations.postgres.concern import PostgresConcern
from integrations.postgres.pool import Pool
from integrations.postgres.status import PostgresStatus


def shown(pool: Pool) -> tuple[str, ...]:
    return PostgresStatus(pool, library=InMemoryLibrary(), models=(), embedding="e5").snapshot().errors


def test_it_is_shown_while_it_is_said_and_gone_when_it_is_over(postgres_pool: Pool) -> None:
    concern = PostgresConcern(postgres_pool, "telegram on host-1")
    concern.say(None)
    assert shown(postgres_pool) == ()
    concern.say("polled twice")
    concern.say("polled twice")
    assert shown(postgres_pool) == ("telegram on host-1: polled twice",)
    concern.say(None)
    assert shown(postgres_pool) == ()


def test_one_whose_process_died_is_forgotten(postgres_pool: Pool) -> None:
    PostgresConcern(postgres_pool, "telegram on host-1").say("polled twice")
    with postgres_pool.connection() as connection:
        connection.execute("UPDATE concern SET at = at - interval '1 minute'")
    assert shown(postgres_pool) == ()


def test_a_successor_clears_what_was_left(postgres_pool: Pool) -> None:
    PostgresConcern(postgres_pool, "telegram on host-1").say("polled twice")
    PostgresConcern(postgres_pool, "telegram on host-1").say(None)
    assert shown(postgres_pool) == ()
