"""`Inbox`: kept once, handed out in order within a conversation, never twice."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from bot.domain.conversation import Address, ConversationId, PersonId, Platform, Utterance
from bot.domain.events import CommandReceived, EventId, MessageKey
from bot.domain.state import DialogueState
from bot.ports.turn_store import CommitResult
from tests.contract.conftest import LEASE, Storage, answered, message


class TestKeep:
    def test_a_new_event_is_kept_and_a_repeated_one_is_not(self, storage: Storage) -> None:
        assert storage.inbox.keep(message(1))
        assert not storage.inbox.keep(message(1))
        assert storage.inbox.waiting() == 1

    def test_a_twin_under_another_event_id_is_kept_once(self, storage: Storage) -> None:
        assert storage.inbox.keep(message(1))
        assert not storage.inbox.keep(replace(message(1), event_id=EventId("telegram:twin")))

    def test_a_repeat_after_the_answer_is_known_too(self, storage: Storage) -> None:
        storage.settle(message(1))
        assert not storage.inbox.keep(message(1))
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []

    def test_eight_doors_at_once_keep_one_event_once(self, storage: Storage) -> None:
        with ThreadPoolExecutor(8) as doors:
            kept = list(doors.map(lambda _: storage.inbox.keep(message(1)), range(16)))
        assert sum(kept) == 1

    def test_everything_that_an_event_says_comes_out_again(self, storage: Storage) -> None:
        said = replace(
            message(1),
            text='배포 <!channel> \U0001f468‍\U0001f469 \\u0000 "quoted"\n`code`',
            history=(Utterance("person", "before"), Utterance("maru", "answer")),
            address=Address(Platform.SLACK, channel="C1", thread="1.2", reply_to="1.3", team="T1"),
        )
        ordered = CommandReceived(
            event_id=EventId("slack:trigger"),
            message_key=MessageKey("slack:trigger"),
            conversation=ConversationId("slack:T1/C1/command"),
            person=PersonId("slack:T1/U1"),
            address=Address(Platform.SLACK, response_url="http://127.0.0.1/respond"),
            text="kb add text",
        )
        storage.inbox.keep(said)
        storage.inbox.keep(ordered)
        assert storage.claim().event == said
        assert storage.claim().event == ordered


class TestClaim:
    def test_nothing_waits_in_an_empty_inbox(self, storage: Storage) -> None:
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []
        assert storage.inbox.waiting() == 0

    def test_a_first_claim_starts_from_nothing(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        claim = storage.claim()
        assert (claim.event, claim.state, claim.attempts) == (message(1), DialogueState(), 1)
        assert claim.conversation == message(1).conversation
        assert 0 <= claim.waited < 5

    def test_how_long_it_waited_is_told(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.pass_time(30)
        assert storage.claim().waited == pytest.approx(30, abs=5)

    def test_conversations_are_claimed_in_the_order_of_their_events(self, storage: Storage) -> None:
        for number in (1, 2, 3):
            storage.inbox.keep(message(number, f"telegram:{number}"))
        assert [storage.claim().event.text for _ in range(3)] == ["question 1", "question 2", "question 3"]

    def test_a_leased_conversation_is_not_claimed_but_others_are(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.inbox.keep(message(2))
        storage.inbox.keep(message(3, "telegram:7"))
        assert storage.claim().event == message(1)
        assert storage.claim().event == message(3, "telegram:7")
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []
        assert storage.inbox.waiting() == 0

    def test_within_a_conversation_events_come_in_order_with_the_state_between(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.inbox.keep(message(2))
        state = DialogueState((Utterance("person", "question 1"),), topic="question 1")
        assert storage.turns_store.commit(answered(storage.claim(), state=state)) is CommitResult.MORE_WAITS
        second = storage.claim()
        assert (second.event, second.state) == (message(2), state)

    def test_an_expired_lease_is_claimed_again_with_a_higher_fence(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        first = storage.claim()
        storage.pass_time(LEASE + 1)
        second = storage.claim()
        assert second.event == first.event
        assert second.fence > first.fence
        assert (first.attempts, second.attempts) == (1, 2)

    def test_a_lease_that_has_not_expired_holds(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.claim()
        storage.pass_time(LEASE - 2)
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []

    def test_a_settled_event_is_never_claimed_again(self, storage: Storage) -> None:
        storage.settle(message(1))
        storage.pass_time(3600)
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []


class TestPostpone:
    def test_the_event_is_offered_again_after_the_pause(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.inbox.postpone(storage.claim(), seconds=4)
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []
        storage.pass_time(5)
        assert storage.claim().attempts == 2

    def test_where_nothing_failed_the_attempt_is_given_back(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        for _ in range(3):
            claim = storage.claim()
            assert claim.attempts == 1
            storage.inbox.postpone(claim, seconds=4, counts=False)
            assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []
            storage.pass_time(5)
        storage.inbox.postpone(claim, seconds=4, counts=False)  # once more, too late
        assert storage.claim().attempts == 1

    def test_later_events_of_the_conversation_wait_behind_it(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.inbox.keep(message(2))
        storage.inbox.postpone(storage.claim(), seconds=4)
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []
        assert storage.inbox.waiting() == 0
        storage.pass_time(5)
        assert storage.claim().event == message(1)

    def test_after_a_lost_lease_it_does_nothing(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        lost = storage.claim()
        storage.pass_time(LEASE + 1)
        holder = storage.claim()
        storage.inbox.postpone(lost, seconds=0)
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []
        assert storage.turns_store.commit(answered(holder)) is CommitResult.COMMITTED

    def test_after_it_the_turn_cannot_be_committed(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        claim = storage.claim()
        storage.inbox.postpone(claim, seconds=0)
        assert storage.turns_store.commit(answered(claim)) is CommitResult.FENCE_LOST

    def test_a_settled_event_is_not_woken_by_it(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        claim = storage.claim()
        storage.turns_store.commit(answered(claim))
        storage.inbox.postpone(claim, seconds=0)
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []


class TestWaiting:
    def test_one_event_a_conversation_can_be_claimed(self, storage: Storage) -> None:
        for number in (1, 2):
            storage.inbox.keep(message(number))
        storage.inbox.keep(message(3, "telegram:7"))
        assert storage.inbox.waiting() == 2
        storage.claim()
        assert storage.inbox.waiting() == 1

    def test_many_at_once_are_the_oldest_of_each_conversation_and_no_more_than_the_limit(
        self, storage: Storage
    ) -> None:
        for number in range(1, 7):
            storage.inbox.keep(message(number, f"telegram:{number % 3}"))
        claims = storage.inbox.claim(limit=2, lease_seconds=LEASE)
        assert [claim.event.text for claim in claims] == ["question 1", "question 2"]
        assert [claim.event.text for claim in storage.inbox.claim(limit=9, lease_seconds=LEASE)] == ["question 3"]


class TestClockSetBack:
    """As a clock that jumps looks to the rows: all that was written lies in the future."""

    def test_what_waits_is_claimed_after_one_lease(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.pass_time(-3600)
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []
        storage.inbox.waiting()
        storage.pass_time(LEASE + 1)
        assert storage.claim().event == message(1)

    def test_what_a_dead_worker_held_is_claimed_after_one_lease(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.claim()
        storage.pass_time(-3600)
        storage.inbox.waiting()
        storage.pass_time(LEASE + 1)
        assert storage.claim().attempts == 2

    def test_whoever_works_keeps_his_lease(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        claim = storage.claim()
        storage.pass_time(-3600)
        storage.inbox.waiting()
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []
        assert storage.lease.renew([(claim.conversation, claim.fence)], lease_seconds=LEASE) == frozenset()
        storage.pass_time(LEASE - 2)
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []
        assert storage.turns_store.commit(answered(claim)) is CommitResult.COMMITTED

    def test_a_jump_forward_gives_a_turn_to_another_and_settles_it_once(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        first = storage.claim()
        storage.pass_time(3600)
        second = storage.claim()
        assert storage.turns_store.commit(answered(first)) is CommitResult.FENCE_LOST
        assert storage.turns_store.commit(answered(second)) is CommitResult.COMMITTED


class TestEightWorkersAtOnce:
    def test_no_event_is_handed_out_twice_and_each_conversation_stays_in_order(self, storage: Storage) -> None:
        events = [message(number, f"telegram:{number % 7}") for number in range(1, 71)]
        for event in events:
            storage.inbox.keep(event)
        handed_out: list[tuple[int, int]] = []

        def work(_: int) -> None:
            misses = 0
            while misses < 50:
                claims = storage.inbox.claim(limit=3, lease_seconds=60)
                misses = 0 if claims else misses + 1
                for claim in claims:
                    handed_out.append((claim.inbox, claim.attempts))
                    assert storage.turns_store.commit(answered(claim)) is not CommitResult.FENCE_LOST

        with ThreadPoolExecutor(8) as workers:
            list(workers.map(work, range(8)))
        assert len(handed_out) == len(set(handed_out)) == len(events)
        assert {attempts for _, attempts in handed_out} == {1}
        assert len(storage.turns()) == len(events)
        replies = [one for _ in range(11) for one in _sent(storage)]
        for conversation in range(7):
            expected = [event.text for event in events if event.conversation == f"telegram:{conversation}"]
            said = [text for where, text in replies if where == f"telegram:{conversation}"]
            assert said == [f"answer to {text}" for text in expected]

    def test_leases_that_expire_in_mid_turn_still_settle_each_event_once(self, storage: Storage) -> None:
        events = [message(number, f"telegram:{number % 3}") for number in range(1, 25)]
        for event in events:
            storage.inbox.keep(event)
        committed: list[int] = []

        def work(worker: int) -> None:
            misses = 0
            while misses < 80 and len(committed) < len(events):
                claims = storage.inbox.claim(limit=2, lease_seconds=0 if worker % 2 else 60)
                misses = 0 if claims else misses + 1
                for claim in claims:
                    if storage.turns_store.commit(answered(claim)) is not CommitResult.FENCE_LOST:
                        committed.append(claim.inbox)

        with ThreadPoolExecutor(8) as workers:
            list(workers.map(work, range(8)))
        assert sorted(committed) == sorted(set(committed))
        assert len(committed) == len(storage.turns()) == len(storage.outcomes()) == len(events)
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []


def _sent(storage: Storage) -> list[tuple[str, str]]:
    """Send one message of each conversation."""
    claimed = storage.outbox.claim(limit=50, lease_seconds=LEASE)
    for delivery in claimed:
        storage.outbox.sent(delivery, posted=["1"])
    return [(delivery.message.conversation, delivery.message.reply.text) for delivery in claimed]
