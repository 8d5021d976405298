"""Intake: kept first, rung after, and storable whatever was typed."""

from dataclasses import replace
from itertools import count

import pytest

from bot.application.intake import (
    LEAST_WAITING,
    LONGEST_WAIT_SECONDS,
    MOST_WAITING_OF_ONE,
    Threshold,
    take,
)
from bot.domain.conversation import Address, ConversationId, PersonId, Platform, Utterance
from bot.domain.events import CommandReceived, Event, EventId, MessageKey, MessageReceived
from bot.generation.phrases import STRANGER
from bot.people.directory import HouseDirectory
from bot.ports.admissions import Admissions
from bot.ports.doorbell import Bell
from integrations.memory.clock import FrozenClock
from integrations.memory.database import MemoryDatabase
from integrations.memory.doorbell import CollectingDoorbell
from integrations.memory.inbox import InMemoryInbox
from integrations.memory.people import InMemoryAdmissions, InMemoryAuditLog


def message(text: str, *history: Utterance) -> MessageReceived:
    return MessageReceived(
        event_id=EventId("api:1"),
        message_key=MessageKey("api:1"),
        conversation=ConversationId("api:1"),
        person=PersonId("api:key"),
        address=Address(Platform.API),
        text=text,
        history=history,
    )


def test_a_new_event_rings_once_and_a_known_one_not_at_all() -> None:
    inbox, doorbell = InMemoryInbox(MemoryDatabase(FrozenClock())), CollectingDoorbell()
    assert take(message("hi"), inbox=inbox, doorbell=doorbell)
    assert not take(message("hi"), inbox=inbox, doorbell=doorbell)
    assert doorbell.rings[Bell.DIALOGUE] == 1


def test_what_no_database_keeps_is_taken_out() -> None:
    inbox = InMemoryInbox(MemoryDatabase(FrozenClock()))
    odd = message("ro\0ll \ud800back", Utterance("person", "be\0fore"))
    take(odd, inbox=inbox, doorbell=CollectingDoorbell())
    (claim,) = inbox.claim(limit=1, lease_seconds=1)
    assert claim is not None and isinstance(claim.event, MessageReceived)
    assert claim.event.text == "roll ?back"
    assert claim.event.history == (Utterance("person", "before"),)


def test_stops_wait_up_to_the_limit_of_one_person_and_stop_all_the_same() -> None:
    database = MemoryDatabase(FrozenClock())
    for number in range(MOST_WAITING_OF_ONE + 1):
        stop = replace(
            message("stop"),
            event_id=EventId(f"telegram:{number}"),
            message_key=MessageKey(f"telegram:{number}"),
            address=Address(Platform.TELEGRAM, channel="42"),
        )
        assert take(stop, inbox=InMemoryInbox(database), doorbell=CollectingDoorbell())
    assert len(database.unsettled) == MOST_WAITING_OF_ONE
    assert [row.message.reply.text for row in database.outbox] == ["Stopped."]


class TestStrangers:
    """Under load as at any time: the one fixed sentence, at once, audited; and they are in nobody's way."""

    def said(self, text: str, person: str, number: int = 1, *, platform: Platform = Platform.TELEGRAM) -> Event:
        return MessageReceived(
            event_id=EventId(f"{platform}:{number}"),
            message_key=MessageKey(f"{platform}:{number}"),
            conversation=ConversationId(f"{platform}:{person}"),
            person=PersonId(person),
            address=Address(platform, channel=person.partition(":")[2], team="T1"),
            text=text,
        )

    def threshold(self, admissions: Admissions | None = None) -> Threshold:
        directory = HouseDirectory(
            administrators={"telegram:1", "slack:T9/BOSS"},
            telegram_allowed={"42"},
            admissions=admissions or InMemoryAdmissions(),
            slack=None,
        )
        return Threshold(directory, InMemoryAuditLog())

    def test_only_the_sentence_however_many_wait(self) -> None:
        database, doorbell, threshold = MemoryDatabase(FrozenClock()), CollectingDoorbell(), self.threshold()
        inbox = InMemoryInbox(database)
        for number in range(100, 400):
            take(self.said("hi", f"telegram:{number}", number), inbox=inbox, doorbell=doorbell)
        before = len(database.outbox)
        for number, text in enumerate(("how do I roll back?", "stop", "배포")):
            event = self.said(text, "telegram:666", number)
            assert take(event, inbox=inbox, doorbell=doorbell, threshold=threshold)
            assert not take(event, inbox=inbox, doorbell=doorbell, threshold=threshold)
        said = [row.message.reply.text for row in database.outbox[before:]]
        assert said == [STRANGER.format(id="666")] * 3
        assert len(database.unsettled) == 300
        assert doorbell.rings[Bell.DELIVERY] == 3
        lines = threshold.audit.lines
        assert [(one.person, one.action, one.allowed, one.detail) for one in lines] == [
            ("telegram:666", "speak", False, "telegram")
        ] * 3

    @pytest.mark.parametrize(
        ("person", "platform", "stranger"),
        [
            ("telegram:1", Platform.TELEGRAM, False),
            ("telegram:42", Platform.TELEGRAM, False),
            ("telegram:666", Platform.TELEGRAM, True),
            ("slack:T1/GUEST", Platform.SLACK, False),
            ("slack:T2/U1", Platform.SLACK, True),
            ("slack:T9/BOSS", Platform.SLACK, False),
            ("api:key", Platform.API, False),
            ("console:local", Platform.CONSOLE, False),
        ],
    )
    def test_who_is_one_as_far_as_the_door_can_tell(self, person: str, platform: Platform, stranger: bool) -> None:
        event = self.said("hi", person, platform=platform)
        assert self.threshold().doorkeeper.is_stranger(event.person, event.address) is stranger

    def test_whoever_was_admitted_is_let_in_at_once(self) -> None:
        inbox, admissions = InMemoryInbox(MemoryDatabase(FrozenClock())), InMemoryAdmissions()
        threshold = self.threshold(admissions)
        admissions.admit(PersonId("telegram:666"), by=PersonId("telegram:1"))
        take(self.said("hi", "telegram:666"), inbox=inbox, doorbell=CollectingDoorbell(), threshold=threshold)
        assert len(inbox.claim(limit=1, lease_seconds=1)) == 1


def test_a_slow_house_takes_one_question_of_each_person_but_every_command() -> None:
    clock = FrozenClock()
    database, numbers = MemoryDatabase(clock), count(1)

    def comes(person: str, *, command: bool = False) -> str:
        name = f"slack:{next(numbers)}"
        common = (EventId(name), MessageKey(name), ConversationId(name), PersonId(person), Address(Platform.SLACK))
        event = CommandReceived(*common, "status") if command else MessageReceived(*common, "how do I roll back?")
        already = len(database.turns)
        assert take(event, inbox=InMemoryInbox(database), doorbell=CollectingDoorbell())
        return database.turns[-1].action if len(database.turns) > already else "waits"

    database.settled_at.append(clock.now() - 20)  # at one in twenty seconds, a hundred take half an hour
    assert {comes(f"slack:T1/U{number}") for number in range(LEAST_WAITING)} == {"waits"}
    assert [comes("slack:T1/BOB") for _ in range(2)] == ["waits", "Refused"]
    assert comes("slack:T1/BOB", command=True) == "waits"
    assert LEAST_WAITING * 20 > LONGEST_WAIT_SECONDS
