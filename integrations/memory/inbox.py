"""The inbox, the leases and the committed turns over the same rows."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf

from bot.domain.conversation import ConversationId, PersonId
from bot.domain.events import Event, MessageChanged, MessageReceived, StopRequested
from bot.domain.messages import OutgoingMessage, Receipt
from bot.domain.money import channel_of
from bot.ports.inbox import Claim, InboxId, Kept, Overload
from bot.ports.interruptions import Interruption
from bot.ports.outbox import OutboxId
from bot.ports.turn_store import CommitResult, Turn
from integrations.memory.database import ChangeAhead, ConversationRow, InboxRow, LedgerRow, MemoryDatabase, OutboxRow

_STEP_SECONDS = 10.0
"""How far back in the line each unsettled event of a person puts the next."""

_WORKSPACE_STEP_SECONDS = 0.02
"""The same for each of its workspace, up to 500 of them."""

_NOTICE_SECONDS, _MOST_NOTICES = 2.0, 10
"""When a notice is said, and how many unsettled events its person may have, this one included."""

_PACE_SECONDS = 60.0
"""Over how much time the pace is measured."""

_AHEAD_SECONDS, _MOST_AHEAD = 3600.0, 1000
"""How long a change waits for its message, and how many do."""

_FAR_SECONDS, _LEASE_SECONDS = 60.0, 10.0
"""No lease and no pause is longer than the first; what seems to be gets the second."""


class InMemoryInbox:
    """`Inbox` that loses everything with its process."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def keep(
        self, event: Event, *, overload: Overload | None = None, turned_away: OutgoingMessage | None = None
    ) -> Kept:
        """Remember the event, unless its id or its message key is known."""
        with self._database.lock:
            if self._known(event):
                return Kept.KNOWN
            ahead = self._ahead(event)
            if ahead is not None and ahead.text is None:
                self._record(self._insert(event), "Deleted")
                return Kept.TAKEN_BACK
            if turned_away is not None:
                return self._refuse(event, turned_away, "TurnAway")
            if overload is not None and self._crowded(event, overload):
                return self._refuse(event, overload.refusal, "Refused")
            back = _STEP_SECONDS * self._unsettled(event) + _WORKSPACE_STEP_SECONDS * min(self._around(event), 500)
            row = self._insert(event)
            if ahead is not None and ahead.text is not None:
                self._edit(row, ahead.text, ahead.at)
            conversation = self._database.conversations[event.conversation]
            if not any(one.event.conversation == event.conversation for one in self._database.unsettled if one != row):
                conversation.rank = row.received_at + back
            if overload is not None:
                self._notice(event, overload)
            return Kept.WAITING

    def change(self, change: MessageChanged) -> bool:
        """Apply a change to its person's message; True if it had an effect."""
        with self._database.lock:
            rows = [row for row in self._database.inbox if row.event.message_key == change.message_key]
            if not rows:
                self._keep_ahead(change)
            if not rows or rows[0].event.person != change.person:
                return False
            (row,) = rows
            if change.text is not None:
                return self._edit(row, change.text, change.at)
            fresh = not row.settled
            if fresh:
                self._settle([row], "Deleted")
            return self._database.drop_unsent(row.event.event_id, notice_only=False) or fresh

    def stop(self, request: StopRequested, *, overload: Overload | None = None) -> Kept:
        """Settle what its person has waiting or in work, then keep the request, in front of all that waits."""
        with self._database.lock:
            if self._known(request):
                return Kept.KNOWN
            rows = [row for row in self._database.unsettled if _about(row.event, request)]
            self._settle(rows, "Stopped")
            if overload is not None and self._crowded(request, overload):
                return self._refuse(request, overload.refusal, "Refused")
            self._insert(replace(request, stopped=len(rows)))
            self._database.conversations[request.conversation].rank = -inf
            return Kept.WAITING

    def tidy(self) -> None:
        """Forget changes that wait for nothing any more; here none can cross its message."""
        with self._database.lock:
            here = {row.event.message_key for row in self._database.inbox}
            since = self._database.clock.now() - _AHEAD_SECONDS
            waiting = [
                (key, one) for key, one in self._database.ahead.items() if key[0] not in here and one.kept_at >= since
            ]
            waiting.sort(key=lambda item: item[1].kept_at)
            self._database.ahead = dict(waiting[-_MOST_AHEAD:])

    def claim(self, *, limit: int, lease_seconds: float) -> list[Claim]:
        """Lease up to `limit` free conversations, in the order of the line."""
        with self._database.lock:
            line = sorted(self._claimable(), key=lambda row: (self._rank(row), row.id))
            return [self._lease(row, lease_seconds) for row in line[:limit]]

    def postpone(self, claim: Claim, *, seconds: float, counts: bool = True) -> None:
        """Give the lease back and offer the event again after a pause; nothing if the lease was lost."""
        with self._database.lock:
            conversation = self._database.conversations[claim.conversation]
            if conversation.fence != claim.fence or conversation.leased_until is None:
                return
            conversation.leased_until = None
            for row in self._database.inbox:
                if row.id == claim.inbox and not row.settled:
                    row.due_at = self._database.clock.now() + seconds
                    row.attempts -= not counts

    def waiting(self) -> int:
        """Count the events that could be claimed now; mend what the clock, set back, put far away."""
        with self._database.lock:
            now = self._database.clock.now()
            for conversation in self._database.conversations.values():
                if conversation.leased_until is not None and conversation.leased_until > now + _FAR_SECONDS:
                    conversation.leased_until = now + _LEASE_SECONDS
            for row in self._database.unsettled:
                row.due_at = now + _LEASE_SECONDS if row.due_at > now + _FAR_SECONDS else row.due_at
            return len(self._claimable())

    def _keep_ahead(self, change: MessageChanged) -> None:
        name = (change.message_key, change.person)
        known = self._database.ahead.get(name)
        older = known is not None and (known.change.text is None or known.change.at > change.at)
        if change.addressed and not (older and change.text is not None):
            self._database.ahead[name] = ChangeAhead(change, self._database.clock.now())

    def _ahead(self, event: Event) -> MessageChanged | None:
        """Return what its person did to it before it came, as far as that applies to such an event."""
        ahead = self._database.ahead.get((event.message_key, event.person))
        if ahead is None or isinstance(event, StopRequested):
            return None
        return ahead.change if ahead.change.text is None or isinstance(event, MessageReceived) else None

    def _known(self, event: Event) -> bool:
        known = [row.event for row in self._database.inbox]
        return any(one.event_id == event.event_id or one.message_key == event.message_key for one in known)

    def _insert(self, event: Event) -> InboxRow:
        self._database.conversations.setdefault(event.conversation, ConversationRow())
        now = self._database.clock.now()
        row = InboxRow(InboxId(next(self._database.numbers)), event, now, now)
        self._database.inbox.append(row)
        return row

    def _unsettled(self, event: Event) -> int:
        return sum(row.event.person == event.person for row in self._database.unsettled)

    def _around(self, event: Event) -> int:
        return sum(_workspace(row.event.person) == _workspace(event.person) for row in self._database.unsettled)

    def _crowded(self, event: Event, overload: Overload) -> bool:
        mine, house = self._unsettled(event), len(self._database.unsettled)
        late = house > overload.least and house > self._pace() * overload.longest_wait
        return mine >= overload.most_of_one or house >= overload.most or (late and mine > 0)

    def _pace(self) -> float:
        """Return how many a second workers settled lately; infinite where nobody knows."""
        now = self._database.clock.now()
        lately = [at for at in self._database.settled_at if at > now - _PACE_SECONDS]
        return len(lately) / max(now - lately[0], 1.0) if lately else inf

    def _refuse(self, event: Event, reply: OutgoingMessage, action: str) -> Kept:
        self._record(self._insert(event), action)
        self._say(event, reply, seconds=0.0)
        return Kept.REFUSED

    def _notice(self, event: Event, overload: Overload) -> None:
        """Tell how many come before, if so many do that it is worth telling."""
        mine = self._database.conversations[event.conversation].rank
        before = sum(self._rank(row) < mine for row in self._claimable())
        if self._unsettled(event) > _MOST_NOTICES:
            return
        if overload.notice is not None and before > overload.notice_above:
            text = overload.notice.reply.text.replace("{before}", str(before))
            reply = replace(overload.notice.reply, text=text)
            self._say(event, replace(overload.notice, reply=reply), seconds=_NOTICE_SECONDS)

    def _say(self, event: Event, message: OutgoingMessage, *, seconds: float) -> None:
        number = OutboxId(next(self._database.numbers))
        due = self._database.clock.now() + seconds
        self._database.outbox.append(OutboxRow(number, event.event_id, message, due))

    def _edit(self, row: InboxRow, text: str, at: float) -> bool:
        event = row.event
        if row.settled or not isinstance(event, MessageReceived) or event.text == text:
            return False
        if row.changed_at is not None and row.changed_at > at:
            return False
        row.event, row.changed_at = replace(event, text=text), at
        if row.attempts and self._database.conversations[event.conversation].leased_until is not None:
            self._free(event.conversation)
        row.attempts = 0
        return True

    def _settle(self, rows: list[InboxRow], action: str) -> None:
        """Settle without a reply, and take the lease of whoever may work on one of them."""
        first = {row.event.conversation: row for row in reversed(self._database.unsettled)}
        for row in rows:
            self._database.drop_unsent(row.event.event_id, notice_only=True)
            self._record(row, action)
        for place in {row.event.conversation for row in rows if row.attempts or first[row.event.conversation] is row}:
            self._free(place)

    def _free(self, place: ConversationId) -> None:
        conversation = self._database.conversations[place]
        conversation.fence += 1
        conversation.leased_until = None
        self._database.interruptions.put(Interruption(place, conversation.fence))

    def _record(self, row: InboxRow, action: str) -> None:
        row.settled = True
        claim = self._claimed(row)
        self._database.turns.append(Turn(claim, claim.state, (), action, Receipt("none")))

    def _rank(self, row: InboxRow) -> float:
        return self._database.conversations[row.event.conversation].rank

    def _claimed(self, row: InboxRow) -> Claim:
        conversation = self._database.conversations[row.event.conversation]
        return Claim(
            conversation=row.event.conversation,
            fence=conversation.fence,
            inbox=row.id,
            event=row.event,
            state=conversation.state,
            attempts=row.attempts,
            waited=self._database.clock.now() - row.received_at,
        )

    def _lease(self, row: InboxRow, seconds: float) -> Claim:
        conversation = self._database.conversations[row.event.conversation]
        conversation.fence += 1
        conversation.leased_until = self._database.clock.now() + seconds
        row.attempts += 1
        return self._claimed(row)

    def _claimable(self) -> list[InboxRow]:
        """Return the oldest unsettled event of each free conversation, if it is due."""
        first: dict[ConversationId, InboxRow] = {}
        for row in self._database.unsettled:
            first.setdefault(row.event.conversation, row)
        now = self._database.clock.now()
        return [
            row
            for conversation, row in first.items()
            if row.due_at <= now and self._database.conversations[conversation].free(now)
        ]


def _workspace(person: PersonId) -> str:
    team, slash, _ = person.partition("/")
    return team if slash else person.partition(":")[0]


def _about(event: Event, request: StopRequested) -> bool:
    here = request.about is None or event.conversation == request.about
    return here and event.person == request.person and not isinstance(event, StopRequested)


class InMemoryInterruptions:
    """`Interruptions` of one follower over the same rows."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def follow(self) -> Iterator[Interruption]:
        """Yield them as they happen."""
        while True:
            yield self._database.interruptions.get()


class InMemoryConversationLease:
    """`ConversationLease` over the same rows."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def renew(self, held: Sequence[tuple[ConversationId, int]], *, lease_seconds: float) -> frozenset[ConversationId]:
        """Extend every (conversation, fence) that is still ours and return those that are not."""
        lost = set()
        with self._database.lock:
            for conversation, fence in held:
                row = self._database.conversations.get(conversation)
                if row is None or row.fence != fence or row.leased_until is None:
                    lost.add(conversation)
                else:
                    row.leased_until = self._database.clock.now() + lease_seconds
        return frozenset(lost)


class InMemoryTurnStore:
    """`TurnStore` over the same rows; what was committed can be read in `MemoryDatabase.turns`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def commit(self, turn: Turn) -> CommitResult:
        """Settle the event under the lock, or change nothing if the lease is not the claim's any more."""
        claim = turn.claim
        with self._database.lock:
            conversation = self._database.conversations[claim.conversation]
            if conversation.fence != claim.fence or conversation.leased_until is None:
                return CommitResult.FENCE_LOST
            conversation.state = turn.state
            conversation.leased_until = None
            for row in self._database.inbox:
                row.settled = row.settled or row.id == claim.inbox
            self._database.turns.append(turn)
            self._bill(turn)
            self._database.settled_at.append(self._database.clock.now())
            self._database.drop_unsent(claim.event.event_id, notice_only=True)
            now = conversation.rank = self._database.clock.now()
            self._database.outbox += [
                OutboxRow(OutboxId(next(self._database.numbers)), claim.event.event_id, message, now)
                for message in turn.messages
            ]
            for planned in turn.scheduled:
                self._database.schedule[planned.message.key] = (claim.event.event_id, planned)
            for key in turn.withdrawn:
                self._database.schedule.pop(key, None)
            for number in turn.curated:
                if given := self._database.curated.get(number):
                    given.hits, given.last_hit = given.hits + 1, now
            more = any(row.event.conversation == claim.conversation for row in self._database.inbox if not row.settled)
        return CommitResult.MORE_WAITS if more else CommitResult.COMMITTED

    def _bill(self, turn: Turn) -> None:
        event, now = turn.claim.event, self._database.clock.now()
        self._database.ledger += [
            LedgerRow(now, event.person, channel_of(event.address), turn.receipt.skill, call)
            for call in turn.receipt.calls
        ]
