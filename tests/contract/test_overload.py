"""When many wait: people take turns, everybody is told, and nobody's event is lost."""

from dataclasses import replace
from math import inf

from bot.domain.conversation import ConversationId, PersonId
from bot.domain.events import MessageReceived, StopRequested
from bot.domain.messages import OutgoingMessage, Reply, ReplyKey
from bot.ports.inbox import Kept, Overload
from bot.ports.turn_store import CommitResult
from tests.contract.conftest import LEASE, Storage, answered, message

ANN, BOB = PersonId("slack:T1/ANN"), PersonId("slack:T1/BOB")


def asked(number: int, person: PersonId, conversation: str | None = None) -> MessageReceived:
    return replace(message(number, conversation or f"slack:{number}"), person=person)


def overload(
    event: MessageReceived,
    *,
    of_one: int = 200,
    most: int = 20_000,
    above: int = 30,
    longest_wait: float = inf,
    least: int = 0,
) -> Overload:
    def said(part: str, text: str) -> OutgoingMessage:
        return OutgoingMessage(ReplyKey(f"{event.event_id}#{part}"), event.conversation, event.address, Reply(text))

    return Overload(
        most_of_one=of_one,
        most=most,
        refusal=said("1", "too many"),
        longest_wait=longest_wait,
        least=least,
        notice_above=above,
        notice=said("place", "{before} before you"),
    )


def texts(storage: Storage, limit: int = 50) -> list[str]:
    return [claim.event.text for claim in storage.inbox.claim(limit=limit, lease_seconds=LEASE)]


def posted(storage: Storage) -> list[tuple[str, str]]:
    """Send what is due; return keys and texts."""
    said = []
    while claimed := storage.outbox.claim(limit=50, lease_seconds=LEASE):
        for delivery in claimed:
            said.append((delivery.message.key, delivery.message.reply.text))
            storage.outbox.sent(delivery, posted=["1"])
    return said


class TestFairness:
    def test_one_persons_500_questions_do_not_delay_anothers_one(self, storage: Storage) -> None:
        for number in range(1, 501):
            storage.inbox.keep(asked(number, ANN))
        assert texts(storage, 2) == ["question 1", "question 2"]
        storage.pass_time(5)
        storage.inbox.keep(asked(501, BOB))
        assert texts(storage, 1) == ["question 501"]
        assert texts(storage, 2) == ["question 3", "question 4"]

    def test_where_hands_are_free_nothing_waits_for_its_rank(self, storage: Storage) -> None:
        for number in range(1, 31):
            storage.inbox.keep(asked(number, ANN))
        assert len(texts(storage, 50)) == 30

    def test_what_is_settled_counts_no_more(self, storage: Storage) -> None:
        for number in range(1, 6):
            storage.inbox.keep(asked(number, ANN))
        for claim in storage.inbox.claim(limit=9, lease_seconds=LEASE):
            storage.turns_store.commit(answered(claim))
        storage.inbox.keep(asked(6, ANN))
        storage.inbox.keep(asked(7, BOB))
        assert texts(storage) == ["question 6", "question 7"]

    def test_a_conversation_with_many_questions_goes_to_the_end_after_each(self, storage: Storage) -> None:
        for number in (1, 2, 3):
            storage.inbox.keep(asked(number, ANN, "slack:one"))
        storage.inbox.keep(asked(4, BOB))
        first = storage.claim()
        storage.pass_time(1)
        assert storage.turns_store.commit(answered(first)) is CommitResult.MORE_WAITS
        assert texts(storage) == ["question 4", "question 2"]

    def test_a_lost_lease_keeps_its_place(self, storage: Storage) -> None:
        storage.inbox.keep(asked(1, ANN))
        storage.claim()
        storage.pass_time(LEASE + 1)
        storage.inbox.keep(asked(2, BOB))
        assert texts(storage) == ["question 1", "question 2"]

    def test_a_small_workspace_comes_before_a_busy_one(self, storage: Storage) -> None:
        for number in range(1, 101):
            storage.inbox.keep(asked(number, PersonId(f"slack:T1/U{number}")))
        for event in (asked(101, PersonId("slack:T1/LATE")), asked(102, PersonId("slack:T10/ONLY"))):
            storage.inbox.keep(event, overload=overload(event))
        order = texts(storage, 200)
        assert order.index("question 102") < order.index("question 101")


class TestRefusal:
    def test_beyond_a_persons_limit_the_event_is_kept_and_refused_at_once(self, storage: Storage) -> None:
        events = [asked(number, ANN) for number in range(1, 5)]
        kept = [storage.inbox.keep(event, overload=overload(event, of_one=3)) for event in events]
        assert kept == [Kept.WAITING] * 3 + [Kept.REFUSED]
        assert storage.inbox.keep(events[3], overload=overload(events[3])) is Kept.KNOWN
        assert posted(storage) == [("telegram:4#1", "too many")]
        assert storage.turns() == [("Refused", False)]
        assert len(texts(storage)) == 3

    def test_others_are_not_refused_then(self, storage: Storage) -> None:
        for number in range(1, 4):
            storage.inbox.keep(asked(number, ANN))
        event = asked(4, BOB)
        assert storage.inbox.keep(event, overload=overload(event, of_one=3)) is Kept.WAITING

    def test_beyond_the_houses_limit_everybody_is(self, storage: Storage) -> None:
        for number in range(1, 4):
            storage.inbox.keep(asked(number, ANN))
        event = asked(4, BOB)
        assert storage.inbox.keep(event, overload=overload(event, most=3)) is Kept.REFUSED

    def test_in_a_conversation_that_goes_on_nothing_else_is_disturbed(self, storage: Storage) -> None:
        storage.inbox.keep(asked(1, ANN, "slack:one"))
        claim = storage.claim()
        event = asked(2, ANN, "slack:one")
        assert storage.inbox.keep(event, overload=overload(event, of_one=1)) is Kept.REFUSED
        assert storage.turns_store.commit(answered(claim)) is CommitResult.COMMITTED
        assert texts(storage) == []

    def test_who_was_refused_may_ask_again_later(self, storage: Storage) -> None:
        storage.inbox.keep(asked(1, ANN))
        event, later = asked(2, ANN), asked(3, ANN)
        assert storage.inbox.keep(event, overload=overload(event, of_one=1)) is Kept.REFUSED
        storage.turns_store.commit(answered(storage.claim()))
        assert storage.inbox.keep(later, overload=overload(later, of_one=1)) is Kept.WAITING


class TestDeadline:
    """Fifty people wait for a house that settled one event in the last ten seconds: for five hundred seconds."""

    def crowd(self, storage: Storage, *, settled_ago: float = 10.0) -> None:
        storage.settle(asked(1, ANN))
        storage.pass_time(settled_ago)
        for number in range(100, 149):
            storage.inbox.keep(asked(number, PersonId(f"slack:T1/U{number}")))
        storage.inbox.keep(asked(149, BOB))

    def second_of_bob(self, storage: Storage, *, longest_wait: float, least: int = 20) -> Kept:
        event = asked(200, BOB)
        return storage.inbox.keep(event, overload=overload(event, longest_wait=longest_wait, least=least))

    def test_what_would_wait_too_long_is_refused_at_once(self, storage: Storage) -> None:
        self.crowd(storage)
        assert self.second_of_bob(storage, longest_wait=450.0) is Kept.REFUSED
        assert posted(storage)[-1] == ("telegram:200#1", "too many")

    def test_what_would_not_is_taken(self, storage: Storage) -> None:
        self.crowd(storage)
        assert self.second_of_bob(storage, longest_wait=600.0) is Kept.WAITING

    def test_one_question_of_each_person_is_always_taken(self, storage: Storage) -> None:
        self.crowd(storage)
        event = asked(200, ANN)
        assert storage.inbox.keep(event, overload=overload(event, longest_wait=1.0)) is Kept.WAITING
        assert storage.inbox.keep(asked(201, ANN), overload=overload(asked(201, ANN), most=51)) is Kept.REFUSED

    def test_where_few_wait_nobody_is_refused(self, storage: Storage) -> None:
        self.crowd(storage)
        assert self.second_of_bob(storage, longest_wait=1.0, least=50) is Kept.WAITING

    def test_where_nothing_was_settled_lately_the_counts_decide(self, storage: Storage) -> None:
        self.crowd(storage, settled_ago=61.0)
        assert self.second_of_bob(storage, longest_wait=1.0) is Kept.WAITING

    def test_what_the_door_itself_settles_is_no_pace(self, storage: Storage) -> None:
        self.crowd(storage)
        for number in range(300, 400):
            event = asked(number, BOB)
            assert storage.inbox.keep(event, overload=overload(event, of_one=1)) is Kept.REFUSED
        assert self.second_of_bob(storage, longest_wait=450.0) is Kept.REFUSED


class TestStrangers:
    def test_their_events_are_settled_by_the_given_sentence_and_count_nowhere(self, storage: Storage) -> None:
        sentence = overload(asked(1, BOB)).refusal
        assert storage.inbox.keep(asked(1, BOB), turned_away=sentence) is Kept.REFUSED
        assert storage.inbox.keep(asked(1, BOB), turned_away=sentence) is Kept.KNOWN
        assert posted(storage) == [("telegram:1#1", "too many")]
        assert (texts(storage), storage.turns()) == ([], [("TurnAway", False)])
        event = asked(2, ANN)
        assert storage.inbox.keep(event, overload=overload(event, most=1)) is Kept.WAITING


class TestStop:
    def test_beyond_a_persons_limit_a_stop_stops_but_does_not_wait(self, storage: Storage) -> None:
        def request(number: int) -> StopRequested:
            one = asked(number, ANN, "slack:stop")
            return StopRequested(
                one.event_id, one.message_key, one.conversation, ANN, one.address, "stop", ConversationId("slack:1")
            )

        for number in (1, 2, 3):
            storage.inbox.keep(asked(number, ANN))
        full = overload(asked(9, ANN), of_one=2)
        assert storage.inbox.stop(request(9), overload=full) is Kept.REFUSED
        assert storage.inbox.stop(request(9), overload=full) is Kept.KNOWN
        assert posted(storage) == [("telegram:9#1", "too many")]
        assert texts(storage) == ["question 2", "question 3"]
        assert storage.turns() == [("Stopped", False), ("Refused", False)]

    def test_what_it_settles_makes_room_for_it(self, storage: Storage) -> None:
        for number in (1, 2, 3):
            storage.inbox.keep(asked(number, ANN))
        one = asked(9, ANN, "slack:stop")
        request = StopRequested(one.event_id, one.message_key, one.conversation, ANN, one.address, "stop", None)
        assert storage.inbox.stop(request, overload=overload(one, of_one=1)) is Kept.WAITING
        assert [claim.event for claim in storage.inbox.claim(limit=9, lease_seconds=LEASE)] == [
            replace(request, stopped=3)
        ]


class TestNotice:
    def crowd(self, storage: Storage, size: int) -> None:
        for number in range(1, size + 1):
            storage.inbox.keep(asked(number, PersonId(f"slack:T1/U{number}")))

    def test_whoever_has_many_before_is_told_how_many(self, storage: Storage) -> None:
        self.crowd(storage, 31)
        event = asked(99, BOB)
        assert storage.inbox.keep(event, overload=overload(event)) is Kept.WAITING
        assert posted(storage) == [], "where hands are free the answer comes first"
        storage.pass_time(3)
        assert posted(storage) == [("telegram:99#place", "31 before you")]

    def test_up_to_thirty_nobody_is_told(self, storage: Storage) -> None:
        self.crowd(storage, 30)
        event = asked(99, BOB)
        storage.inbox.keep(event, overload=overload(event))
        storage.pass_time(3)
        assert posted(storage) == []

    def test_those_in_work_are_not_before_it(self, storage: Storage) -> None:
        self.crowd(storage, 31)
        storage.inbox.claim(limit=50, lease_seconds=LEASE)
        event = asked(99, BOB)
        storage.inbox.keep(event, overload=overload(event))
        storage.pass_time(3)
        assert posted(storage) == []

    def test_a_reply_that_comes_sooner_takes_the_notice_with_it(self, storage: Storage) -> None:
        self.crowd(storage, 31)
        event = asked(99, BOB)
        storage.inbox.keep(event, overload=overload(event))
        for claim in storage.inbox.claim(limit=50, lease_seconds=LEASE):
            storage.turns_store.commit(answered(claim))
        storage.pass_time(3)
        keys = [key for key, _ in posted(storage)]
        assert "telegram:99#1" in keys
        assert "telegram:99#place" not in keys

    def test_who_has_ten_waiting_is_told_no_more(self, storage: Storage) -> None:
        self.crowd(storage, 31)
        for number in range(50, 65):
            event = asked(number, BOB)
            storage.inbox.keep(event, overload=overload(event))
        storage.pass_time(3)
        assert [key for key, _ in posted(storage)] == [f"telegram:{number}#place" for number in range(50, 60)]

    def test_the_notice_comes_before_the_reply_and_is_said_once(self, storage: Storage) -> None:
        self.crowd(storage, 31)
        event = asked(99, BOB)
        storage.inbox.keep(event, overload=overload(event))
        storage.inbox.keep(event, overload=overload(event))
        storage.pass_time(3)
        said = posted(storage)
        for claim in storage.inbox.claim(limit=50, lease_seconds=LEASE):
            storage.turns_store.commit(answered(claim))
        said += [one for one in posted(storage) if one[0].startswith("telegram:99#")]
        assert [key for key, _ in said] == ["telegram:99#place", "telegram:99#1"]

    def test_a_notice_in_the_air_is_followed_by_the_reply(self, storage: Storage) -> None:
        self.crowd(storage, 31)
        event = asked(99, BOB)
        storage.inbox.keep(event, overload=overload(event))
        storage.pass_time(3)
        (notice,) = storage.outbox.claim(limit=50, lease_seconds=LEASE)
        (mine,) = [claim for claim in storage.inbox.claim(limit=50, lease_seconds=LEASE) if claim.event == event]
        storage.turns_store.commit(answered(mine))
        assert storage.outbox.claim(limit=50, lease_seconds=LEASE) == []
        assert storage.outbox.sent(notice, posted=["1"])
        assert [key for key, _ in posted(storage)] == ["telegram:99#1"]

    def test_a_conversation_that_is_in_work_has_no_notice_for_others_before_it(self, storage: Storage) -> None:
        storage.inbox.keep(asked(1, BOB, "slack:one"))
        self.crowd_after(storage)
        event = asked(99, BOB, "slack:one")
        storage.inbox.keep(event, overload=overload(event))
        storage.pass_time(3)
        assert posted(storage) == []

    def crowd_after(self, storage: Storage) -> None:
        for number in range(200, 240):
            storage.inbox.keep(asked(number, PersonId(f"slack:T1/U{number}")))


def test_ids_that_begin_alike_are_not_one_person(storage: Storage) -> None:
    for number, person in enumerate(("slack:T1/A", "slack:T1/AA", "slack:T1/A0", "telegram:4"), start=1):
        storage.inbox.keep(asked(number, PersonId(person)))
    event = replace(asked(9, PersonId("telegram:42")), conversation=ConversationId("telegram:42"))
    assert storage.inbox.keep(event, overload=overload(event, of_one=1)) is Kept.WAITING
    again = asked(10, PersonId("slack:T1/A"))
    assert storage.inbox.keep(again, overload=overload(again, of_one=2)) is Kept.WAITING
    assert storage.inbox.keep(replace(asked(11, PersonId("slack:T1/A"))), overload=overload(again, of_one=2)) is (
        Kept.REFUSED
    )
