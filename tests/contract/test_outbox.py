"""`Outbox`: queued → sending → sent | deferred | buried, in order within a conversation."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from bot.application.delivery import LEASE_SECONDS, LONGEST_WAIT
from bot.ports.outbox import Delivery
from integrations.postgres.outbox import PostgresOutbox
from integrations.postgres.pool import Connection, Pool
from tests.conftest import Database
from tests.contract.conftest import LEASE, Storage, _postgres, message


def claimed(storage: Storage, *, limit: int = 10) -> list[Delivery]:
    return storage.outbox.claim(limit=limit, lease_seconds=LEASE)


def texts(deliveries: list[Delivery]) -> list[str]:
    return [delivery.message.reply.text for delivery in deliveries]


class TestClaim:
    def test_an_empty_outbox_gives_nothing(self, storage: Storage) -> None:
        assert claimed(storage) == []
        assert not storage.outbox.due()

    def test_a_first_claim_is_certain(self, storage: Storage) -> None:
        storage.settle(message(1))
        (delivery,) = claimed(storage)
        assert (delivery.attempts, delivery.uncertain) == (1, False)
        assert (delivery.message.key, delivery.message.address) == ("telegram:1#1", message(1).address)

    def test_only_the_oldest_open_message_of_each_conversation(self, storage: Storage) -> None:
        storage.settle(message(1), message(2), message(3, "telegram:7"))
        assert storage.outbox.due()
        first = claimed(storage)
        assert sorted(texts(first)) == ["answer to question 1", "answer to question 3"]
        assert claimed(storage) == []
        for delivery in first:
            storage.outbox.sent(delivery, posted=["1"])
        assert texts(claimed(storage)) == ["answer to question 2"]

    def test_no_more_than_the_limit_and_the_oldest_first(self, storage: Storage) -> None:
        storage.settle(*[message(number, f"telegram:{number}") for number in (1, 2, 3)])
        assert sorted(texts(claimed(storage, limit=2))) == ["answer to question 1", "answer to question 2"]
        assert texts(claimed(storage, limit=2)) == ["answer to question 3"]

    def test_after_an_expired_lease_nobody_knows_whether_it_was_posted(self, storage: Storage) -> None:
        storage.settle(message(1))
        (first,) = claimed(storage)
        assert not storage.outbox.due()
        storage.pass_time(LEASE + 1)
        assert storage.outbox.due()
        (second,) = claimed(storage)
        assert (second.id, second.attempts, second.failures, second.uncertain) == (first.id, 2, 0, True)
        assert second.fence > first.fence

    def test_eight_senders_at_once_never_share_a_message(self, storage: Storage) -> None:
        storage.settle(*[message(number, f"telegram:{number % 5}") for number in range(1, 31)])
        seen: list[str] = []

        def send(_: int) -> None:
            misses = 0
            while misses < 50:
                deliveries = claimed(storage, limit=2)
                misses = 0 if deliveries else misses + 1
                for delivery in deliveries:
                    seen.append(delivery.message.key)
                    storage.outbox.sent(delivery, posted=["1"])

        with ThreadPoolExecutor(8) as senders:
            list(senders.map(send, range(8)))
        assert len(seen) == len(set(seen)) == 30
        for conversation in range(5):
            numbers = [int(key[9:-2]) for key in seen if int(key[9:-2]) % 5 == conversation]
            assert numbers == sorted(numbers)


class TestSent:
    def test_it_is_over_and_its_name_is_kept(self, storage: Storage) -> None:
        storage.settle(message(1))
        (delivery,) = claimed(storage)
        storage.outbox.sent(delivery, posted=["1700000000.0001"])
        assert storage.outcomes() == {"telegram:1#1": ("sent", "1700000000.0001", None)}
        storage.pass_time(3600)
        assert claimed(storage) == []

    def test_a_stale_fence_changes_nothing(self, storage: Storage) -> None:
        storage.settle(message(1))
        (stale,) = claimed(storage)
        storage.pass_time(LEASE + 1)
        (fresh,) = claimed(storage)
        storage.outbox.sent(stale, posted=["stale"])
        storage.outbox.bury(stale, why="stale")
        storage.outbox.defer(stale, seconds=0, why="stale", uncertain=False)
        assert storage.outcomes()["telegram:1#1"][0] == "sending"
        assert claimed(storage) == []
        storage.outbox.sent(fresh, posted=["fresh"])
        assert storage.outcomes()["telegram:1#1"][:2] == ("sent", "fresh")

    def test_what_is_settled_stays_settled(self, storage: Storage) -> None:
        storage.settle(message(1))
        (delivery,) = claimed(storage)
        storage.outbox.sent(delivery, posted=["1"])
        storage.outbox.bury(delivery, why="late")
        storage.outbox.defer(delivery, seconds=0, why="late", uncertain=True)
        storage.outbox.sent(delivery, posted=["2"])
        assert storage.outcomes() == {"telegram:1#1": ("sent", "1", None)}

    def test_the_end_of_one_tells_whether_the_next_waited_for_it(self, storage: Storage) -> None:
        storage.settle(message(1), message(2), message(3), message(4, "telegram:7"))
        ends = [storage.outbox.sent(delivery, posted=["1"]) for delivery in claimed(storage, limit=1)]
        ends += [storage.outbox.bury(delivery, why="gone") for delivery in claimed(storage, limit=5)]
        ends += [storage.outbox.sent(delivery, posted=["3"]) for delivery in claimed(storage)]
        assert ends.count(True) == 2
        assert ends[-1] is False


class TestDefer:
    def test_it_is_offered_again_after_the_pause_and_certain(self, storage: Storage) -> None:
        storage.settle(message(1))
        (delivery,) = claimed(storage)
        storage.outbox.defer(delivery, seconds=5, why="503", uncertain=False)
        assert claimed(storage) == []
        assert not storage.outbox.due()
        assert storage.outcomes()["telegram:1#1"] == ("deferred", None, "503")
        storage.pass_time(6)
        (again,) = claimed(storage)
        assert (again.attempts, again.failures, again.uncertain) == (2, 1, False)

    def test_a_doubt_is_carried_over(self, storage: Storage) -> None:
        storage.settle(message(1))
        storage.outbox.defer(claimed(storage)[0], seconds=0, why="cut", uncertain=True)
        storage.pass_time(1)
        (again,) = claimed(storage)
        assert again.uncertain

    def test_later_messages_of_the_conversation_wait_behind_it_and_others_do_not(self, storage: Storage) -> None:
        storage.settle(message(1), message(2), message(3, "telegram:7"))
        one, *_ = [delivery for delivery in claimed(storage) if delivery.message.conversation == "telegram:42"]
        storage.outbox.defer(one, seconds=60, why="429", uncertain=False)
        assert claimed(storage) == []
        storage.pass_time(61)
        assert "answer to question 1" in texts(claimed(storage))

    def test_a_message_that_only_waits_its_turn_keeps_its_attempt_and_what_was_said(self, storage: Storage) -> None:
        storage.settle(message(1))
        storage.outbox.defer(claimed(storage)[0], seconds=0, why="503", uncertain=False)
        storage.pass_time(1)
        storage.outbox.defer(claimed(storage)[0], seconds=0, why=None, uncertain=True, counts=False)
        assert storage.outcomes()["telegram:1#1"] == ("deferred", None, "503")
        storage.pass_time(1)
        (again,) = claimed(storage)
        assert (again.attempts, again.failures, again.uncertain) == (2, 1, True)


class TestRenew:
    def test_it_goes_on_for_another_lease_and_what_is_out_is_known(self, storage: Storage) -> None:
        storage.settle(message(1))
        (delivery,) = claimed(storage)
        storage.pass_time(LEASE - 1)
        assert storage.outbox.renew(delivery, posted=["42:7", "42:8"], lease_seconds=LEASE)
        storage.pass_time(LEASE - 1)
        assert claimed(storage) == []
        storage.pass_time(2)
        (next_,) = claimed(storage)
        assert (next_.posted, next_.uncertain) == (("42:7", "42:8"), True)
        assert storage.outbox.conversation_of("42:7") == "telegram:42"

    def test_who_was_overtaken_is_told(self, storage: Storage) -> None:
        storage.settle(message(1))
        (stale,) = claimed(storage)
        storage.pass_time(LEASE + 1)
        (fresh,) = claimed(storage)
        assert not storage.outbox.renew(stale, posted=["stale"], lease_seconds=LEASE)
        assert storage.outbox.renew(fresh, posted=[], lease_seconds=LEASE)
        storage.outbox.sent(fresh, posted=["1"])
        assert not storage.outbox.renew(fresh, posted=["late"], lease_seconds=LEASE)
        assert storage.outcomes()["telegram:1#1"][1] == "1"

    def test_an_expired_lease_that_nobody_took_is_still_ours(self, storage: Storage) -> None:
        storage.settle(message(1))
        (delivery,) = claimed(storage)
        storage.pass_time(LEASE + 1)
        assert storage.outbox.renew(delivery, posted=[], lease_seconds=LEASE)
        assert claimed(storage) == []


class TestClockSetBack:
    """As a clock that jumps looks to the rows: all that was written lies in the future."""

    def test_what_waits_is_claimed_after_one_lease_and_in_order(self, storage: Storage) -> None:
        storage.settle(message(1), message(2))
        storage.pass_time(-3600)
        assert claimed(storage) == []
        assert not storage.outbox.due()
        storage.pass_time(LEASE_SECONDS + 1)
        assert storage.outbox.due()
        assert texts(claimed(storage)) == ["answer to question 1"]

    def test_what_was_put_off_and_what_a_dead_sender_held_too(self, storage: Storage) -> None:
        storage.settle(message(1), message(2, "telegram:7"))
        put_off, _ = claimed(storage)
        storage.outbox.defer(put_off, seconds=LONGEST_WAIT, why="429", uncertain=False)
        storage.pass_time(-3600)
        storage.outbox.due()
        storage.pass_time(LEASE_SECONDS + 1)
        assert len(claimed(storage)) == 2

    def test_whoever_sends_has_his_message_for_himself_as_long_as_a_lease_lasts(self, storage: Storage) -> None:
        storage.settle(message(1))
        (delivery,) = claimed(storage)
        storage.pass_time(-3600)
        storage.outbox.due()
        storage.pass_time(LEASE_SECONDS - 1)
        storage.outbox.due()
        assert claimed(storage) == []
        assert storage.outbox.renew(delivery, posted=["1"], lease_seconds=LEASE_SECONDS)
        assert not storage.outbox.sent(delivery, posted=["1"])
        assert storage.outcomes()["telegram:1#1"] == ("sent", "1", None)

    def test_the_longest_pause_is_no_astray_one(self, storage: Storage) -> None:
        storage.settle(message(1))
        storage.outbox.defer(claimed(storage)[0], seconds=LONGEST_WAIT, why="429", uncertain=False)
        storage.outbox.due()
        storage.pass_time(LEASE_SECONDS + 1)
        assert claimed(storage) == []
        storage.pass_time(LONGEST_WAIT)
        assert len(claimed(storage)) == 1


class TestDesk:
    def test_open_and_buried_ones_are_listed_apart(self, storage: Storage) -> None:
        storage.settle(message(1), message(2, "telegram:7"), message(3, "telegram:8"))
        by_text = {delivery.message.reply.text: delivery for delivery in claimed(storage)}
        storage.outbox.bury(by_text["answer to question 1"], why="gone")
        storage.outbox.sent(by_text["answer to question 2"], posted=["7:1"])
        (open_,), (buried,) = (storage.desk.entries(buried=flag, limit=10) for flag in (False, True))
        assert (open_.key, open_.status, open_.why) == ("telegram:3#1", "sending", None)
        assert (buried.key, buried.status, buried.why, buried.attempts) == ("telegram:1#1", "buried", "gone", 1)
        assert buried.message is not None
        assert buried.message.reply.text == "answer to question 1"
        assert storage.desk.entries(buried=True, limit=0) == []
        sent = storage.desk.entry(by_text["answer to question 2"].id)
        assert sent is not None
        assert (sent.status, sent.posted, sent.conversation) == ("sent", ("7:1",), "telegram:7")

    def test_a_buried_message_is_tried_again_from_the_start_and_doubts_stay(self, storage: Storage) -> None:
        storage.settle(message(1))
        storage.outbox.defer(claimed(storage)[0], seconds=0, why="cut", uncertain=True)
        storage.pass_time(1)
        (delivery,) = claimed(storage)
        assert not storage.desk.retry(delivery.id), "it is being sent"
        storage.outbox.bury(delivery, why="gone")
        assert storage.desk.retry(delivery.id)
        assert storage.outbox.due()
        (again,) = claimed(storage)
        assert (again.attempts, again.failures, again.uncertain) == (1, 0, True)
        storage.outbox.sent(again, posted=["1"])
        assert not storage.desk.retry(delivery.id)

    def test_a_dropped_message_is_gone_and_the_next_goes_on(self, storage: Storage) -> None:
        storage.settle(message(1), message(2))
        (delivery,) = claimed(storage)
        assert not storage.desk.drop(delivery.id), "it is being sent"
        storage.outbox.defer(delivery, seconds=60, why="503", uncertain=False)
        assert storage.desk.drop(delivery.id)
        assert storage.desk.entry(delivery.id) is None
        assert not storage.desk.drop(delivery.id)
        (following,) = claimed(storage)
        assert following.message.key == "telegram:2#1"
        storage.outbox.sent(following, posted=["1"])
        assert not storage.desk.drop(following.id)


class TestBury:
    def test_the_reason_is_kept_and_the_next_message_goes_on(self, storage: Storage) -> None:
        storage.settle(message(1), message(2))
        (delivery,) = claimed(storage)
        storage.outbox.bury(delivery, why="the channel is archived")
        assert storage.outcomes()["telegram:1#1"] == ("buried", None, "the channel is archived")
        assert texts(claimed(storage)) == ["answer to question 2"]

    def test_it_is_never_offered_again(self, storage: Storage) -> None:
        storage.settle(message(1))
        storage.outbox.bury(claimed(storage)[0], why="gone")
        storage.pass_time(3600)
        assert claimed(storage) == []
        assert not storage.outbox.due()


class TestConversationOf:
    def test_a_post_names_its_conversation_and_so_does_each_part(self, storage: Storage) -> None:
        storage.settle(message(1), message(2, "telegram:7"))
        for delivery in claimed(storage):
            storage.outbox.sent(delivery, posted=[f"{delivery.message.conversation}:{part}" for part in (1, 2)])
        assert storage.outbox.conversation_of("telegram:7:2") == "telegram:7"
        assert storage.outbox.conversation_of("telegram:42:1") == "telegram:42"

    def test_other_peoples_posts_and_half_names_are_unknown(self, storage: Storage) -> None:
        storage.settle(message(1))
        storage.outbox.sent(claimed(storage)[0], posted=["42:10"])
        assert storage.outbox.conversation_of("42:1") is None
        assert storage.outbox.conversation_of("43:10") is None


class TestDatabaseAway:
    """What is posted and not recorded would be posted again."""

    class Stumbling:
        """A pool whose database is away for some calls, or whose answer to one was lost."""

        def __init__(self, pool: Pool, *, away: int = 0, lost: int = 0) -> None:
            self._pool, self.away, self.lost = pool, away, lost

        @contextmanager
        def connection(self) -> Iterator[Connection]:
            self.away -= 1
            if self.away >= 0:
                raise psycopg.OperationalError("the server is starting up")
            with self._pool.connection() as connection:
                yield connection
            self.lost -= 1
            if self.lost >= 0:
                raise psycopg.OperationalError("server closed the connection unexpectedly")

    @pytest.mark.parametrize("trouble", [{"away": 2}, {"lost": 1}])
    def test_a_post_is_recorded_once_the_database_is_back(self, database: Database, trouble: dict[str, int]) -> None:
        database.clear()
        storage = _postgres(database.pool, database.server.url)
        storage.settle(message(1), message(2))
        (delivery,) = claimed(storage)
        outbox = PostgresOutbox(self.Stumbling(database.pool, **trouble))  # type: ignore[arg-type]
        assert outbox.renew(delivery, posted=["1"], lease_seconds=LEASE)
        outbox = PostgresOutbox(self.Stumbling(database.pool, **trouble))  # type: ignore[arg-type]
        assert outbox.sent(delivery, posted=["1", "2"]), (
            "the next one waited, and is told so even if the answer was lost"
        )
        assert storage.outcomes()["telegram:1#1"] == ("sent", "1 2", None)
