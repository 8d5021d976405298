"""The one thread that renews leases outlives every error of the database."""

import threading
import time
from collections.abc import Sequence

import pytest

from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.errors import DatabaseUnavailable, LeaseLost, MaruError, PermanentError
from bot.domain.events import EventId, MessageKey, MessageReceived
from bot.domain.state import DialogueState
from bot.ports.inbox import Claim, InboxId
from workers.leases import LeaseKeeper

CONVERSATION = ConversationId("console:1")
CLAIM = Claim(
    conversation=CONVERSATION,
    fence=1,
    inbox=InboxId(1),
    event=MessageReceived(
        event_id=EventId("console:1"),
        message_key=MessageKey("console:1"),
        conversation=CONVERSATION,
        person=PersonId("console:local"),
        address=Address(Platform.CONSOLE),
        text="question",
    ),
    state=DialogueState(),
    attempts=1,
    waited=0.0,
)


class FailsOnce:
    """A lease whose first renewal fails and whose second finds it lost."""

    def __init__(self, failure: MaruError) -> None:
        self._failures = [failure]
        self.answered = threading.Event()

    def renew(self, held: Sequence[tuple[ConversationId, int]], *, lease_seconds: float) -> frozenset[ConversationId]:
        if self._failures:
            raise self._failures.pop()
        self.answered.set()
        return frozenset(conversation for conversation, _ in held)


@pytest.mark.parametrize("failure", [DatabaseUnavailable("away"), PermanentError("refused")])
def test_a_failed_renewal_does_not_end_the_renewing(failure: MaruError) -> None:
    lease = FailsOnce(failure)
    keeper = LeaseKeeper(lease, lease_seconds=10.0, renew_every=0.01)
    with keeper.hold(CLAIM) as cancellation:
        assert lease.answered.wait(5)
        deadline = time.monotonic() + 5
        while not cancellation.cancelled() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert cancellation.cancelled()
        with pytest.raises(LeaseLost):
            cancellation.check()
