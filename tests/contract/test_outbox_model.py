"""The outbox, in memory and in Postgres, against a model of a few lines: senders that die, freeze, fail, come late."""

from dataclasses import dataclass, field
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from bot.application.delivery import LEASE_SECONDS
from bot.ports.outbox import Delivery
from tests.contract.conftest import LEASE, Storage, message

SECONDS = st.sampled_from([0.0, 1.0, LEASE / 2, LEASE, 60.0])


@dataclass
class Row:
    """What is true of one message. Time is the machine's own; `due` says when it may be claimed next."""

    conversation: str
    due: float
    status: str = "queued"
    attempts: int = 0
    failures: int = 0
    fence: int = 0
    uncertain: bool = False
    posted: list[str] = field(default_factory=list)
    why: str | None = None

    @property
    def open(self) -> bool:
        return self.status in ("queued", "sending", "deferred")


class Outboxing(RuleBasedStateMachine):
    """Replies come, senders claim them and do whatever senders do, in any order and however late."""

    storage: Storage
    numbers = count(1)
    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.rows: dict[str, Row] = {}
        self.before = set(self.storage.outcomes())

    @rule(conversation=st.sampled_from(["telegram:1", "telegram:2"]))
    def a_reply_is_decided(self, conversation: str) -> None:
        number = next(self.numbers)
        self.storage.settle(message(number, conversation))
        self.rows[f"telegram:{number}#1"] = Row(conversation, due=self.now)

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: float) -> None:
        # A second more than the round number: no decision hangs on a millisecond of the database's clock.
        self.storage.pass_time(seconds + 0.5)
        self.now += seconds + 0.5

    @rule()
    def the_clock_is_set_back(self) -> None:
        self.storage.pass_time(-3600)
        self.storage.outbox.due()
        for row in self.rows.values():
            row.due = self.now + LEASE_SECONDS  # all were due within five minutes

    @rule(target=held)
    def a_sender_claims(self) -> Delivery | None:
        may = {key for key, row in self.rows.items() if row is self._first(row.conversation) and row.due <= self.now}
        claimed = self.storage.outbox.claim(limit=1, lease_seconds=LEASE)
        if not may:
            assert claimed == []
            return None
        (delivery,) = claimed
        assert delivery.message.key in may
        row = self.rows[delivery.message.key]
        assert row.due == min(self.rows[key].due for key in may)
        row.uncertain = row.uncertain or row.status == "sending"
        row.status, row.due = "sending", self.now + LEASE
        row.attempts += 1
        assert delivery.fence > row.fence
        row.fence = delivery.fence
        assert (delivery.attempts, delivery.failures, delivery.uncertain) == (row.attempts, row.failures, row.uncertain)
        assert list(delivery.posted) == row.posted
        return delivery

    @rule(delivery=held, part=st.integers(1, 9))
    def it_posts_a_part(self, delivery: Delivery | None, part: int) -> None:
        if delivery is None:
            return
        row = self._ours(delivery)
        posted = [*delivery.posted, f"part-{part}"]
        assert self.storage.outbox.renew(delivery, posted=posted, lease_seconds=LEASE) is (row is not None)
        if row:
            row.posted, row.due = posted, self.now + LEASE

    @rule(delivery=held)
    def it_has_posted(self, delivery: Delivery | None) -> None:
        if delivery is None:
            return
        row = self._ours(delivery)
        again = self.rows[delivery.message.key].status == "sent"
        waits = self.storage.outbox.sent(delivery, posted=[f"by-{delivery.fence}"])
        if row:
            row.status, row.posted = "sent", [f"by-{delivery.fence}"]
        if not again:
            assert waits is (row is not None and self._first(row.conversation) is not None)

    @rule(delivery=held, seconds=SECONDS, uncertain=st.booleans(), counts=st.booleans())
    def it_puts_it_off(self, delivery: Delivery | None, seconds: float, uncertain: bool, counts: bool) -> None:
        if delivery is None:
            return
        why = "503" if counts else None
        self.storage.outbox.defer(delivery, seconds=seconds, why=why, uncertain=uncertain, counts=counts)
        if row := self._ours(delivery):
            row.status, row.due, row.uncertain = "deferred", self.now + seconds, uncertain
            row.why = why or row.why
            row.attempts -= not counts
            row.failures += counts

    @rule(delivery=consumes(held))
    def it_gives_up(self, delivery: Delivery | None) -> None:
        if delivery is None:
            return
        row = self._ours(delivery)
        waits = self.storage.outbox.bury(delivery, why="gone")
        if row:
            row.status, row.why = "buried", "gone"
        assert waits is (row is not None and self._first(row.conversation) is not None)

    @rule(delivery=held)
    def an_operator_tries_again(self, delivery: Delivery | None) -> None:
        if delivery is None:
            return
        row = self.rows.get(delivery.message.key)
        may = row is not None and row.status in ("deferred", "buried")
        assert self.storage.desk.retry(delivery.id) is may
        if row and may:
            row.status, row.attempts, row.failures, row.due = "queued", 0, 0, self.now

    @invariant()
    def everything_is_as_it_should_be(self) -> None:
        expected = {key: (row.status, " ".join(row.posted) or None, row.why) for key, row in self.rows.items()}
        assert {key: row for key, row in self.storage.outcomes().items() if key not in self.before} == expected
        assert self.storage.outbox.due() is any(row.open and row.due <= self.now for row in self.rows.values())

    def teardown(self) -> None:
        """Leave nothing that the next example could claim."""
        self.storage.pass_time(3600)
        while claimed := self.storage.outbox.claim(limit=100, lease_seconds=LEASE):
            for delivery in claimed:
                self.storage.outbox.bury(delivery, why="over")

    def _first(self, conversation: str) -> Row | None:
        return next((row for row in self.rows.values() if row.conversation == conversation and row.open), None)

    def _ours(self, delivery: Delivery) -> Row | None:
        row = self.rows[delivery.message.key]
        return row if row.fence == delivery.fence and row.status == "sending" else None


def test_the_model_holds(storage: Storage) -> None:
    class Machine(Outboxing):
        def __init__(self) -> None:
            self.storage = storage
            super().__init__()

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
