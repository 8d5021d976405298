"""`ReplyFeed`: whoever waits gets the stages that come, and the one final reply, early or late."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest

from bot.domain.conversation import Platform
from bot.domain.errors import DatabaseUnavailable
from bot.domain.events import EventId
from bot.ports.reply_feed import Final, Stage
from integrations.postgres.feed import PostgresReplyFeed
from tests.conftest import Database
from tests.contract.conftest import Storage, answered, message

ASKED = message(1, "console:1", platform=Platform.CONSOLE)


def follow(storage: Storage, *, seconds: float = 5.0) -> list[Stage | Final]:
    return list(storage.feed.follow(ASKED.event_id, timeout_seconds=seconds))


class TestFollow:
    def test_a_reply_that_was_final_before_is_found_at_once(self, storage: Storage) -> None:
        storage.settle(ASKED)
        (final,) = follow(storage)
        assert isinstance(final, Final)
        assert final.reply.text == "answer to question 1"

    def test_a_reply_that_becomes_final_meanwhile_ends_it(self, storage: Storage) -> None:
        storage.inbox.keep(ASKED)
        claim = storage.claim()
        with ThreadPoolExecutor(1) as other:
            waiting = other.submit(follow, storage)
            sleep(0.15)
            storage.turns_store.commit(answered(claim))
            news = waiting.result()
        assert [type(one) for one in news] == [Final]

    def test_every_follower_gets_the_same(self, storage: Storage) -> None:
        storage.settle(ASKED)
        assert follow(storage) == follow(storage)

    def test_it_is_still_found_after_it_was_sent(self, storage: Storage) -> None:
        storage.settle(ASKED)
        (delivery,) = storage.outbox.claim(limit=1, lease_seconds=10)
        storage.outbox.sent(delivery, posted=["feed"])
        assert len(follow(storage)) == 1

    def test_without_a_reply_it_ends_when_the_time_is_over(self, storage: Storage) -> None:
        storage.inbox.keep(ASKED)
        assert follow(storage, seconds=0.2) == []

    def test_it_ends_soon_after_nobody_waits_any_more(self, storage: Storage) -> None:
        storage.inbox.keep(ASKED)
        gone = Event()
        with ThreadPoolExecutor(1) as other:
            feed = storage.feed.follow(ASKED.event_id, timeout_seconds=60, gone=gone.is_set)
            waiting = other.submit(list, feed)
            sleep(0.1)
            gone.set()
            assert waiting.result(timeout=5) == []

    def test_stages_come_before_the_reply_and_those_of_others_do_not(self, storage: Storage) -> None:
        storage.inbox.keep(ASKED)
        claim = storage.claim()
        news: list[Stage | Final] = []

        def listen() -> None:
            news.extend(storage.feed.follow(ASKED.event_id, timeout_seconds=5))

        with ThreadPoolExecutor(1) as other:
            waiting = other.submit(listen)
            sleep(0.15)
            with storage.preview.working(ASKED.address, ASKED.event_id):
                storage.preview.stage(EventId("console:2"), "somebody else's")
                storage.preview.stage(ASKED.event_id, "문서를 찾아보고 있어요…")
            sleep(0.1)
            storage.turns_store.commit(answered(claim))
            waiting.result()
        assert [one.words for one in news if isinstance(one, Stage)] == ["…", "문서를 찾아보고 있어요…"]
        assert isinstance(news[-1], Final)

    def test_a_stage_that_nobody_hears_is_lost_without_harm(self, storage: Storage) -> None:
        storage.preview.stage(ASKED.event_id, "nobody listens")
        storage.settle(ASKED)
        assert [type(one) for one in follow(storage)] == [Final]

    def test_a_follower_may_leave(self, storage: Storage) -> None:
        storage.settle(ASKED)
        feed = storage.feed.follow(ASKED.event_id, timeout_seconds=5)
        next(feed)
        feed.close()
        assert len(follow(storage)) == 1


class TestLostConnection:
    def test_a_restart_of_postgres_does_not_end_the_waiting(self, storage: Storage, database: Database) -> None:
        storage.inbox.keep(ASKED)
        claim = storage.claim()
        with ThreadPoolExecutor(1) as other:
            waiting = other.submit(follow, storage)
            sleep(0.3)
            with database.pool.connection() as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE backend_type = 'client backend' AND application_name <> 'maru'"
                )
            storage.turns_store.commit(answered(claim))
            assert [type(one) for one in waiting.result()] == [Final]

    def test_a_database_that_stays_away_is_named(self) -> None:
        feed = PostgresReplyFeed("postgresql://nobody@127.0.0.1:9/nothing")
        with pytest.raises(DatabaseUnavailable, match="kept"):
            list(feed.follow(ASKED.event_id, timeout_seconds=0.2))
