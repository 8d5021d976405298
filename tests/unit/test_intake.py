"""Intake: kept first, rung after, and storable whatever was typed."""

from bot.application.intake import take
from bot.domain.conversation import Address, ConversationId, PersonId, Platform, Utterance
from bot.domain.events import EventId, MessageKey, MessageReceived
from bot.ports.doorbell import Bell
from integrations.memory.clock import FrozenClock
from integrations.memory.database import MemoryDatabase
from integrations.memory.doorbell import CollectingDoorbell
from integrations.memory.inbox import InMemoryInbox


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
