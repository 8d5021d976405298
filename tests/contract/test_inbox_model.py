"""Inbox, leases and turns, in memory and in Postgres, against a model of a few lines.

Workers that die, freeze and come late; people who edit, delete and stop; platforms that repeat themselves.
"""

from dataclasses import dataclass, replace
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bot.domain.conversation import ConversationId, PersonId
from bot.domain.events import EventId, MessageChanged, MessageKey, MessageReceived, StopRequested
from bot.ports.inbox import Claim, Kept
from bot.ports.turn_store import CommitResult
from tests.contract.conftest import LEASE, Storage, answered, message

PEOPLE = st.sampled_from(["telegram:1", "telegram:2"])
PLACES = st.sampled_from(["telegram:a", "telegram:b"])
SECONDS = st.sampled_from([0.0, 1.0, LEASE / 2, LEASE, 60.0])


@dataclass
class Row:
    """What is true of one event. `due`: when it may be claimed, if it is the oldest of its conversation."""

    event: MessageReceived | StopRequested
    due: float
    attempts: int = 0
    settled: bool = False
    changed_at: float | None = None
    unsent: bool = False


@dataclass
class Place:
    """Who may work on a conversation."""

    fence: int = 0
    leased_until: float | None = None


class Talking(RuleBasedStateMachine):
    """Anything that people, platforms and workers do, in any order and however late."""

    storage: Storage
    numbers = count(1)
    heard, held = Bundle("heard"), Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.rows: dict[str, Row] = {}
        self.places: dict[str, Place] = {}
        self.turns_before = len(self.storage.turns())

    # People and platforms

    @rule(target=heard, person=PEOPLE, place=PLACES)
    def a_person_asks(self, person: str, place: str) -> MessageReceived:
        event = replace(message(next(self.numbers), place), person=PersonId(person))
        assert self.storage.inbox.keep(event) is Kept.WAITING
        self._add(event)
        return event

    @rule(event=heard)
    def a_platform_repeats_itself(self, event: MessageReceived) -> None:
        assert self.storage.inbox.keep(event) is Kept.KNOWN
        assert self.storage.inbox.keep(replace(event, event_id=EventId(f"{event.event_id}:twin"))) is Kept.KNOWN

    @rule(event=heard, text=st.sampled_from(["better", "best"]), at=st.sampled_from([1.0, 2.0, 3.0]))
    def a_person_edits(self, event: MessageReceived, text: str, at: float) -> None:
        row = self.rows[event.event_id]
        changes = not row.settled and row.event.text != text and (row.changed_at is None or row.changed_at <= at)
        assert self.storage.inbox.change(MessageChanged(event.message_key, event.person, text, at)) is changes
        if changes:
            place = self.places[event.conversation]
            if row.attempts and place.leased_until is not None:
                self._free(event.conversation)
            row.event, row.changed_at, row.attempts = replace(row.event, text=text), at, 0

    @rule(event=heard)
    def a_person_deletes(self, event: MessageReceived) -> None:
        row = self.rows[event.event_id]
        changes = row.unsent or not row.settled
        assert self.storage.inbox.change(MessageChanged(event.message_key, event.person, None, 9.0)) is changes
        self._settle([row])
        row.unsent = False

    @rule(target=heard, person=PEOPLE, place=PLACES, texts=st.lists(st.sampled_from(["better", None]), min_size=1))
    def changes_come_before_their_message(self, person: str, place: str, texts: list[str | None]) -> MessageReceived:
        event = replace(message(next(self.numbers), place), person=PersonId(person))
        for text in texts:
            assert not self.storage.inbox.change(MessageChanged(event.message_key, event.person, text, 2.0))
        gone = None in texts
        assert self.storage.inbox.keep(event) is (Kept.TAKEN_BACK if gone else Kept.WAITING)
        self._add(event if gone else replace(event, text="better"))
        row = self.rows[event.event_id]
        row.settled, row.changed_at = gone, 2.0
        return event

    @rule()
    def upkeep_tidies_up(self) -> None:
        self.storage.inbox.tidy()

    @rule(person=PEOPLE, about=st.none() | PLACES)
    def a_person_stops(self, person: str, about: str | None) -> None:
        number = next(self.numbers)
        one = message(number, f"{about or 'telegram:all'}/stop")
        request = StopRequested(
            one.event_id,
            MessageKey(one.message_key),
            one.conversation,
            PersonId(person),
            one.address,
            "stop",
            ConversationId(about) if about else None,
        )
        mine = [
            row
            for row in self.rows.values()
            if row.event.person == person
            and not row.settled
            and isinstance(row.event, MessageReceived)
            and about in (None, row.event.conversation)
        ]
        assert self.storage.inbox.stop(request)
        assert not self.storage.inbox.stop(request)
        self._settle(mine)
        self._add(replace(request, stopped=len(mine)))

    # Workers

    @rule(target=held)
    def a_worker_claims(self) -> Claim | None:
        may = {row.event.event_id for row in self._claimable()}
        claims = self.storage.inbox.claim(limit=1, lease_seconds=LEASE)
        if not may:
            assert claims == []
            return None
        (claim,) = claims
        assert claim.event.event_id in may
        row, place = self.rows[claim.event.event_id], self.places[claim.conversation]
        row.attempts += 1
        assert claim.fence > place.fence
        place.fence, place.leased_until = claim.fence, self.now + LEASE
        assert (claim.event, claim.attempts) == (row.event, row.attempts)
        return claim

    @rule(claim=held)
    def it_renews_its_lease(self, claim: Claim | None) -> None:
        if claim is None:
            return
        lost = self.storage.lease.renew([(claim.conversation, claim.fence)], lease_seconds=LEASE)
        assert lost == (frozenset() if self._ours(claim) else {claim.conversation})
        if self._ours(claim):
            self.places[claim.conversation].leased_until = self.now + LEASE

    @rule(claim=held)
    def it_answers(self, claim: Claim | None) -> None:
        if claim is None:
            return
        ours = self._ours(claim)
        result = self.storage.turns_store.commit(answered(claim))
        if not ours:
            assert result is CommitResult.FENCE_LOST
            return
        row = self.rows[claim.event.event_id]
        assert not row.settled
        row.settled, row.unsent = True, True
        self.places[claim.conversation].leased_until = None
        more = any(one.event.conversation == claim.conversation and not one.settled for one in self.rows.values())
        assert result is (CommitResult.MORE_WAITS if more else CommitResult.COMMITTED)

    @rule(claim=held, seconds=SECONDS)
    def it_puts_it_off(self, claim: Claim | None, seconds: float) -> None:
        if claim is None:
            return
        self.storage.inbox.postpone(claim, seconds=seconds)
        if self._ours(claim):
            self.places[claim.conversation].leased_until = None
            self.rows[claim.event.event_id].due = self.now + seconds

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: float) -> None:
        # A bit more than the round number, and never a whole second in all: no decision hangs on a millisecond.
        self.storage.pass_time(seconds + 0.03)
        self.now += seconds + 0.03

    # Always

    @invariant()
    def what_waits_is_what_should(self) -> None:
        assert self.storage.inbox.waiting() == len(self._claimable())
        assert len(self.storage.turns()) - self.turns_before == sum(row.settled for row in self.rows.values())

    def teardown(self) -> None:
        """Whatever happened, the rest can be answered, each event once; leave nothing for the next example."""
        self.storage.pass_time(3600)
        while claims := self.storage.inbox.claim(limit=100, lease_seconds=LEASE):
            for claim in claims:
                row = self.rows[claim.event.event_id]
                assert not row.settled
                assert claim.event == row.event
                row.settled = True
                assert self.storage.turns_store.commit(answered(claim)) is not CommitResult.FENCE_LOST
        assert all(row.settled for row in self.rows.values())
        assert len(self.storage.turns()) - self.turns_before == len(self.rows)
        while claimed := self.storage.outbox.claim(limit=100, lease_seconds=LEASE):
            for delivery in claimed:
                self.storage.outbox.sent(delivery, posted=["1"])

    # The model

    def _add(self, event: MessageReceived | StopRequested) -> None:
        self.rows[event.event_id] = Row(event, due=self.now)
        self.places.setdefault(event.conversation, Place())

    def _claimable(self) -> list[Row]:
        oldest: dict[str, Row] = {}
        for row in self.rows.values():
            if not row.settled:
                oldest.setdefault(row.event.conversation, row)
        free = {name for name, one in self.places.items() if one.leased_until is None or one.leased_until < self.now}
        return [row for name, row in oldest.items() if name in free and row.due <= self.now]

    def _settle(self, rows: list[Row]) -> None:
        oldest: dict[str, Row] = {}
        for row in self.rows.values():
            if not row.settled:
                oldest.setdefault(row.event.conversation, row)
        for row in rows:
            if not row.settled and (row.attempts or oldest[row.event.conversation] is row):
                self._free(row.event.conversation)
        for row in rows:
            row.settled = True

    def _free(self, conversation: str) -> None:
        self.places[conversation].fence += 1
        self.places[conversation].leased_until = None

    def _ours(self, claim: Claim) -> bool:
        place = self.places[claim.conversation]
        return place.fence == claim.fence and place.leased_until is not None


def test_the_model_holds(storage: Storage) -> None:
    class Machine(Talking):
        def __init__(self) -> None:
            self.storage = storage
            super().__init__()

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
