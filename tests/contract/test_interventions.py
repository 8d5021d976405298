"""Edits, deletions and stops: applied to what waits and to what is in work, and safe to repeat."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.events import CommandReceived, EventId, MessageChanged, MessageKey, StopRequested
from bot.domain.messages import OutgoingMessage, Reply, ReplyKey
from bot.ports.inbox import Kept, Overload
from bot.ports.turn_store import CommitResult
from integrations.postgres.inbox import PostgresInbox
from integrations.postgres.pool import Pool
from tests.contract.conftest import LEASE, Storage, answered, message

OTHER = PersonId("telegram:43")


def edit(number: int, text: str, *, at: float = 1.0) -> MessageChanged:
    return MessageChanged(message(number).message_key, message(number).person, text, at)


def deletion(number: int) -> MessageChanged:
    return MessageChanged(message(number).message_key, message(number).person, None, 1.0)


def stop(number: int = 99, *, about: str | None = "telegram:42", person: str = "telegram:42") -> StopRequested:
    return StopRequested(
        EventId(f"telegram:{number}"),
        MessageKey(f"telegram:key:{number}"),
        ConversationId("telegram:42/stop"),
        PersonId(person),
        Address(Platform.TELEGRAM, channel="42"),
        "stop",
        ConversationId(about) if about else None,
    )


def command(number: int, line: str) -> CommandReceived:
    one = message(number)
    return CommandReceived(one.event_id, one.message_key, one.conversation, one.person, one.address, line)


def nothing_waits(storage: Storage) -> bool:
    return storage.inbox.waiting() == 0 and storage.inbox.claim(limit=9, lease_seconds=LEASE) == []


class TestEdit:
    def test_the_new_text_is_claimed(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        assert storage.inbox.change(edit(1, "better"))
        assert storage.claim().event == replace(message(1), text="better")

    def test_whoever_works_on_the_old_text_loses_it_and_its_attempts_start_anew(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        old = storage.claim()
        assert storage.inbox.change(edit(1, "better"))
        assert storage.lease.renew([(old.conversation, old.fence)], lease_seconds=LEASE) == {old.conversation}
        assert storage.turns_store.commit(answered(old)) is CommitResult.FENCE_LOST
        new = storage.claim()
        assert (new.event.text, new.attempts) == ("better", 1)
        assert storage.turns_store.commit(answered(new)) is CommitResult.COMMITTED
        assert nothing_waits(storage)

    def test_what_waits_behind_a_turn_is_changed_without_disturbing_it(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.inbox.keep(message(2))
        first = storage.claim()
        assert storage.inbox.change(edit(2, "better"))
        assert storage.turns_store.commit(answered(first)) is CommitResult.MORE_WAITS
        assert storage.claim().event.text == "better"

    def test_the_newest_counts_in_whatever_order_they_come(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        assert storage.inbox.change(edit(1, "newest", at=3.0))
        assert not storage.inbox.change(edit(1, "older", at=2.0))
        assert storage.claim().event.text == "newest"

    def test_a_repeat_disturbs_nobody(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.inbox.change(edit(1, "better"))
        claim = storage.claim()
        assert not storage.inbox.change(edit(1, "better"))
        assert storage.turns_store.commit(answered(claim)) is CommitResult.COMMITTED

    def test_what_was_answered_is_not_answered_again(self, storage: Storage) -> None:
        storage.settle(message(1))
        assert not storage.inbox.change(edit(1, "better"))
        assert nothing_waits(storage)
        assert list(storage.outcomes()) == ["telegram:1#1"]

    def test_one_of_somebody_elses_message_changes_nothing(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        assert not storage.inbox.change(replace(edit(1, "mine now"), person=OTHER))
        assert storage.claim().event == message(1)

    def test_a_command_is_not_run_again_with_other_words(self, storage: Storage) -> None:
        storage.inbox.keep(command(1, "kb add text"))
        assert not storage.inbox.change(edit(1, "kb add other"))
        assert storage.claim().event == command(1, "kb add text")


class TestDeletion:
    def test_what_waits_is_settled_without_a_reply(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        assert storage.inbox.change(deletion(1))
        assert nothing_waits(storage)
        assert (storage.turns(), storage.outcomes()) == ([("Deleted", False)], {})

    def test_what_is_in_work_is_dropped_and_the_next_is_free(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.inbox.keep(message(2))
        claim = storage.claim()
        assert storage.inbox.change(deletion(1))
        assert storage.turns_store.commit(answered(claim)) is CommitResult.FENCE_LOST
        assert storage.claim().event == message(2)

    def test_a_reply_that_is_not_on_its_way_yet_is_dropped(self, storage: Storage) -> None:
        storage.settle(message(1))
        assert storage.inbox.change(deletion(1))
        assert storage.outcomes() == {}
        assert storage.turns() == [("Deleted", False)] or storage.turns() == [("Answer", False)]

    def test_a_reply_on_its_way_stays(self, storage: Storage) -> None:
        storage.settle(message(1))
        storage.outbox.claim(limit=1, lease_seconds=LEASE)
        assert not storage.inbox.change(deletion(1))
        assert len(storage.outcomes()) == 1

    def test_a_repeat_has_no_effect_and_the_message_is_not_taken_again(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        assert storage.inbox.change(deletion(1))
        assert not storage.inbox.change(deletion(1))
        assert storage.inbox.keep(message(1)) is Kept.KNOWN
        assert nothing_waits(storage)

    def test_only_its_own_person_can(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        assert not storage.inbox.change(replace(deletion(1), person=OTHER))
        assert storage.claim().event == message(1)


class TestAhead:
    """A change comes first: the first delivery of the message failed, and the second brings the old words."""

    def test_the_new_text_is_what_is_asked(self, storage: Storage) -> None:
        assert not storage.inbox.change(edit(1, "better"))
        assert storage.inbox.keep(message(1)) is Kept.WAITING
        assert storage.claim().event == replace(message(1), text="better")

    def test_what_was_taken_back_is_settled_at_once_without_a_reply(self, storage: Storage) -> None:
        storage.inbox.keep(message(2))
        assert not storage.inbox.change(deletion(1))
        assert storage.inbox.keep(message(1)) is Kept.TAKEN_BACK
        assert storage.inbox.keep(message(1)) is Kept.KNOWN
        assert storage.turns_store.commit(answered(storage.claim())) is CommitResult.COMMITTED
        assert nothing_waits(storage)
        assert storage.turns() == [("Deleted", False), ("Answer", False)]
        assert list(storage.outcomes()) == ["telegram:2#1"]

    def test_the_newest_counts_and_a_deletion_is_the_last(self, storage: Storage) -> None:
        storage.inbox.change(edit(1, "newest", at=3.0))
        storage.inbox.change(edit(1, "older", at=2.0))
        storage.inbox.keep(message(1))
        assert not storage.inbox.change(edit(1, "oldest", at=1.5))
        assert storage.claim().event.text == "newest"
        storage.inbox.change(deletion(2))
        storage.inbox.change(edit(2, "better", at=9.0))
        assert storage.inbox.keep(message(2)) is Kept.TAKEN_BACK

    def test_only_its_own_person_can(self, storage: Storage) -> None:
        storage.inbox.change(replace(edit(1, "mine now"), person=OTHER))
        storage.inbox.change(replace(deletion(1), person=OTHER))
        assert storage.inbox.keep(message(1)) is Kept.WAITING
        assert storage.claim().event == message(1)

    def test_a_change_that_may_be_meant_for_others_is_not_kept(self, storage: Storage) -> None:
        storage.inbox.change(replace(edit(1, "better"), addressed=False))
        storage.inbox.keep(message(1))
        assert storage.claim().event == message(1)

    def test_a_command_keeps_its_words_but_can_be_taken_back_and_a_stop_stops(self, storage: Storage) -> None:
        for number in (1, 99):
            storage.inbox.change(edit(number, "kb add other"))
        storage.inbox.keep(command(1, "kb add text"))
        storage.inbox.change(deletion(99))
        storage.inbox.change(deletion(3))
        assert storage.inbox.keep(command(3, "kb add more")) is Kept.TAKEN_BACK
        assert storage.inbox.stop(stop(99))
        (request,) = storage.inbox.claim(limit=9, lease_seconds=LEASE)
        assert request.event == replace(stop(99), stopped=1)

    def test_too_many_wait_but_what_was_taken_back_is_not_refused(self, storage: Storage) -> None:
        storage.inbox.change(deletion(1))
        one = message(1)
        refusal = OutgoingMessage(ReplyKey("telegram:1#1"), one.conversation, one.address, Reply("too many"))
        full = Overload(most_of_one=0, most=0, refusal=refusal)
        assert storage.inbox.keep(message(1), overload=full) is Kept.TAKEN_BACK
        assert storage.outcomes() == {}

    def test_it_waits_for_an_hour(self, storage: Storage) -> None:
        storage.inbox.change(edit(1, "better"))
        storage.inbox.change(edit(2, "better"))
        storage.pass_time(3500)
        storage.inbox.tidy()
        storage.inbox.keep(message(1))
        first = storage.claim()
        assert first.event.text == "better"
        storage.turns_store.commit(answered(first))
        storage.pass_time(200)
        storage.inbox.tidy()
        storage.inbox.keep(message(2, "telegram:7"))
        assert storage.claim().event.text == "question 2"

    def test_the_newest_thousand_wait(self, storage: Storage) -> None:
        for number in range(1, 1_003):
            storage.inbox.change(edit(number, "better"))
            storage.pass_time(0.01)
        storage.inbox.tidy()
        for number in (2, 3):
            storage.inbox.keep(message(number, f"telegram:{number}"))
        assert [storage.claim().event.text for _ in (2, 3)] == ["question 2", "better"]

    def test_tidying_up_after_it_was_applied_disturbs_nobody(self, storage: Storage) -> None:
        storage.inbox.change(edit(1, "better"))
        storage.inbox.keep(message(1))
        claim = storage.claim()
        storage.inbox.tidy()
        storage.inbox.change(edit(1, "best", at=2.0))
        storage.inbox.tidy()
        assert storage.turns_store.commit(answered(claim)) is CommitResult.FENCE_LOST
        assert storage.claim().event.text == "best"

    def test_one_that_crossed_its_message_is_applied_by_upkeep(self, postgres_pool: Pool) -> None:
        """As it is when both are written at once, and neither statement sees the other's row."""
        inbox = PostgresInbox(postgres_pool)
        for number in (1, 2):
            inbox.keep(message(number))
        with postgres_pool.connection() as connection:
            for number, text in ((1, "better"), (2, None)):
                one = message(number)
                connection.execute(
                    "INSERT INTO change_ahead (message_key, person, text, at) VALUES (%s, %s, %s, to_timestamp(1))",
                    (one.message_key, one.person, text),
                )
        inbox.tidy()
        (claim,) = inbox.claim(limit=9, lease_seconds=LEASE)
        assert claim.event.text == "better"
        with postgres_pool.connection() as connection:
            assert connection.execute("SELECT count(*) FROM change_ahead").fetchone() == (0,)
            assert connection.execute("SELECT action FROM turn").fetchall() == [("Deleted",)]


class TestStop:
    def test_everything_of_that_person_in_the_conversation(self, storage: Storage) -> None:
        for number in (1, 2, 3):
            storage.inbox.keep(message(number))
        storage.inbox.keep(message(4, "telegram:7"))
        in_work = storage.claim()
        assert storage.inbox.stop(stop())
        assert storage.turns_store.commit(answered(in_work)) is CommitResult.FENCE_LOST
        request, elsewhere = storage.inbox.claim(limit=9, lease_seconds=LEASE)
        assert request.event == replace(stop(), stopped=3)
        assert elsewhere.event == message(4, "telegram:7")
        assert storage.turns() == [("Stopped", False)] * 3
        assert storage.turns_store.commit(answered(request, "Stopped.")) is CommitResult.COMMITTED
        assert storage.inbox.keep(message(5))
        assert storage.claim().event == message(5)

    def test_everything_of_that_person_anywhere(self, storage: Storage) -> None:
        for number in (1, 2, 3):
            storage.inbox.keep(message(number, f"telegram:{number}"))
        storage.inbox.claim(limit=2, lease_seconds=LEASE)
        assert storage.inbox.stop(stop(about=None))
        (request,) = storage.inbox.claim(limit=9, lease_seconds=LEASE)
        assert isinstance(request.event, StopRequested) and request.event.stopped == 3

    def test_other_people_of_the_conversation_go_on(self, storage: Storage) -> None:
        storage.inbox.keep(replace(message(1), person=OTHER))
        storage.inbox.keep(message(2))
        storage.inbox.keep(replace(message(3), person=OTHER))
        in_work = storage.claim()
        assert storage.inbox.stop(stop())
        assert storage.lease.renew([(in_work.conversation, in_work.fence)], lease_seconds=LEASE) == frozenset()
        assert storage.turns_store.commit(answered(in_work)) is CommitResult.MORE_WAITS
        texts = [claim.event.text for claim in storage.inbox.claim(limit=9, lease_seconds=LEASE)]
        assert texts == ["stop", "question 3"]

    def test_one_that_was_put_off_does_not_hold_up_what_others_ask(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.inbox.keep(replace(message(2), person=OTHER))
        storage.inbox.postpone(storage.claim(), seconds=60)
        assert storage.inbox.stop(stop())
        assert [one.event.text for one in storage.inbox.claim(limit=9, lease_seconds=LEASE)] == ["stop", "question 2"]

    def test_a_repeat_stops_nothing_that_was_asked_since(self, storage: Storage) -> None:
        assert storage.inbox.stop(stop())
        storage.inbox.keep(message(1))
        assert not storage.inbox.stop(stop())
        assert [one.event.text for one in storage.inbox.claim(limit=9, lease_seconds=LEASE)] == ["stop", "question 1"]

    def test_a_second_stop_is_not_a_question_to_stop(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        assert storage.inbox.stop(stop(98, about=None))
        assert storage.inbox.stop(stop(99, about=None))
        first = storage.claim()
        storage.turns_store.commit(answered(first))
        second = storage.claim()
        assert [one.event.stopped for one in (first, second) if isinstance(one.event, StopRequested)] == [1, 0]

    def test_it_comes_before_all_that_waits(self, storage: Storage) -> None:
        for number in range(1, 20):
            storage.inbox.keep(replace(message(number, f"telegram:{number}"), person=PersonId(f"telegram:{number}")))
        storage.inbox.stop(stop(person="telegram:77"))
        assert storage.claim().event == stop(person="telegram:77")


class TestAtOnce:
    def test_stops_renewals_claims_and_commits_never_hang_or_lose(self, storage: Storage) -> None:
        for number in range(1, 41):
            storage.inbox.keep(message(number, f"telegram:{number % 10}"))

        def work(worker: int) -> None:
            for step in range(30):
                claims = storage.inbox.claim(limit=3, lease_seconds=60)
                storage.lease.renew([(one.conversation, one.fence) for one in claims], lease_seconds=60)
                if worker % 4 == 0 and step in (3, 9):
                    storage.inbox.stop(stop(1_000 + worker * 100 + step, about=None))
                    storage.inbox.change(deletion(step))
                for claim in claims:
                    storage.turns_store.commit(answered(claim))

        with ThreadPoolExecutor(8) as workers:
            list(workers.map(work, range(8)))
        while claims := storage.inbox.claim(limit=9, lease_seconds=LEASE):
            for claim in claims:
                assert storage.turns_store.commit(answered(claim)) is not CommitResult.FENCE_LOST
        storage.pass_time(3600)
        assert nothing_waits(storage)
        assert len(storage.turns()) == 40 + 4
