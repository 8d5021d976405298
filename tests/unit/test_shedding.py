"""Who is refused again and again: not heard for a moment, then heard again, and a wish to stop always is."""

from dataclasses import replace

import pytest

from bot.application.intake import MOST_WAITING_OF_ONE, take
from bot.application.shedding import DEAF_SECONDS, WORDS_A_MINUTE, RefusalShedding
from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.errors import TooMuchAtOnce
from bot.domain.events import EventId, MessageChanged, MessageKey, MessageReceived
from integrations.memory.clock import FrozenClock
from integrations.memory.database import MemoryDatabase
from integrations.memory.doorbell import CollectingDoorbell
from integrations.memory.inbox import InMemoryInbox

ANN, BOB = PersonId("slack:T1/ANN"), PersonId("slack:T1/BOB")


def asked(number: int, person: PersonId = ANN, text: str = "how do I roll back?") -> MessageReceived:
    return MessageReceived(
        event_id=EventId(f"slack:{number}"),
        message_key=MessageKey(f"slack:key:{number}"),
        conversation=ConversationId(f"slack:{number}"),
        person=person,
        address=Address(Platform.SLACK, channel="C1"),
        text=text,
    )


def refused(shedding: RefusalShedding, times: int, person: PersonId = ANN) -> None:
    for _ in range(times):
        shedding.refused(person)


def test_the_first_hundred_are_heard() -> None:
    shedding = RefusalShedding(FrozenClock())
    refused(shedding, WORDS_A_MINUTE - 1)
    assert not shedding.sheds(asked(1))
    refused(shedding, 1)
    assert shedding.sheds(asked(1))


def test_others_are_heard_and_so_are_changes_and_wishes_to_stop() -> None:
    shedding = RefusalShedding(FrozenClock())
    refused(shedding, WORDS_A_MINUTE)
    assert not shedding.sheds(asked(1, BOB))
    assert not shedding.sheds(asked(1, text="stop"))
    assert not shedding.sheds(MessageChanged(MessageKey("slack:key:1"), ANN, None, 1.0))


def test_after_a_second_it_is_tried_again_and_after_a_minute_all_is_forgotten() -> None:
    clock = FrozenClock()
    shedding = RefusalShedding(clock)
    refused(shedding, WORDS_A_MINUTE)
    clock.advance(DEAF_SECONDS)
    assert not shedding.sheds(asked(1))
    refused(shedding, 2)
    assert shedding.sheds(asked(1)), "one more refusal a second is not enough to be heard"
    clock.advance(61)
    refused(shedding, 1)
    assert not shedding.sheds(asked(1))


def test_a_flood_is_answered_refused_in_words_and_then_left_to_the_platform() -> None:
    clock, shedding = FrozenClock(), RefusalShedding(FrozenClock())
    database, doorbell = MemoryDatabase(clock), CollectingDoorbell()

    def comes(event: MessageReceived) -> bool:
        return take(event, inbox=InMemoryInbox(database), doorbell=doorbell, shedding=shedding)

    for number in range(MOST_WAITING_OF_ONE + WORDS_A_MINUTE):
        assert comes(asked(number))
    with pytest.raises(TooMuchAtOnce):
        comes(asked(9_999))
    assert len(database.unsettled) == MOST_WAITING_OF_ONE
    assert sum(row.message.key.endswith("#1") for row in database.outbox) == WORDS_A_MINUTE
    assert len(database.inbox) == MOST_WAITING_OF_ONE + WORDS_A_MINUTE
    assert comes(asked(10_000, BOB))
    assert comes(replace(asked(10_001), text="stop"))
    assert len(database.unsettled) == MOST_WAITING_OF_ONE + 1, "and what Bob asked; the wish to stop found no room"
