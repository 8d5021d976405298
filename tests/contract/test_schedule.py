"""What a turn plans for later becomes a message when it is due, once."""

from dataclasses import replace

from bot.domain.conversation import ConversationId, PersonId
from bot.domain.messages import OutgoingMessage, Reply, ReplyKey, Scheduled
from bot.ports.inbox import Claim
from bot.ports.turn_store import CommitResult, Turn
from tests.contract.conftest import LEASE, Storage, answered, message

ANN = PersonId("telegram:42")
LONG_AGO, FAR_OFF = 1_000_000_000.0, 4_000_000_000.0


def planned(claim: Claim, at: float, name: str = "reminder") -> Scheduled:
    key = ReplyKey(f"{claim.event.event_id}#{name}")
    aside = ConversationId(f"{claim.conversation}/{name}")
    return Scheduled(at, ANN, OutgoingMessage(key, aside, claim.event.address, Reply("tea")))


def turn(storage: Storage, number: int = 1) -> Turn:
    storage.inbox.keep(message(number))
    return answered(storage.claim())


def posted(storage: Storage) -> list[str]:
    texts = []
    while claimed := storage.outbox.claim(limit=50, lease_seconds=LEASE):
        for delivery in claimed:
            texts.append(delivery.message.reply.text)
            storage.outbox.sent(delivery, posted=["1"])
    return texts


def test_what_is_due_is_released_once(storage: Storage) -> None:
    first = turn(storage)
    storage.turns_store.commit(replace(first, scheduled=(planned(first.claim, LONG_AGO),)))
    assert posted(storage) == ["answer to question 1"]
    assert storage.outbox.release() == 1
    assert storage.outbox.release() == 0
    assert posted(storage) == ["tea"]


def test_what_is_not_due_waits(storage: Storage) -> None:
    first = turn(storage)
    storage.turns_store.commit(replace(first, scheduled=(planned(first.claim, FAR_OFF),)))
    assert storage.outbox.release() == 0


def test_what_was_withdrawn_is_never_said(storage: Storage) -> None:
    first = turn(storage)
    plan = planned(first.claim, LONG_AGO)
    storage.turns_store.commit(replace(first, scheduled=(plan,)))
    storage.turns_store.commit(replace(turn(storage, 2), withdrawn=(plan.message.key,)))
    assert storage.outbox.release() == 0


def test_a_turn_that_lost_its_lease_plans_and_withdraws_nothing(storage: Storage) -> None:
    first = turn(storage)
    plan = planned(first.claim, LONG_AGO)
    storage.turns_store.commit(replace(first, scheduled=(plan,)))
    second = turn(storage, 2)
    stale = replace(second, claim=replace(second.claim, fence=second.claim.fence - 1))
    lost = replace(stale, scheduled=(planned(stale.claim, LONG_AGO, "other"),), withdrawn=(plan.message.key,))
    assert storage.turns_store.commit(lost) is CommitResult.FENCE_LOST
    assert storage.outbox.release() == 1


def test_a_message_to_somebody_else_goes_to_their_conversation(storage: Storage) -> None:
    first = turn(storage)
    aside = planned(first.claim, 0.0, "handoff").message
    storage.turns_store.commit(replace(first, messages=(*first.messages, aside)))
    claimed = storage.outbox.claim(limit=9, lease_seconds=LEASE)
    assert {one.message.conversation for one in claimed} == {first.claim.conversation, aside.conversation}
