"""Both storages, memory and Postgres, behind the same ports: every contract runs over each."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.events import EventId, MessageKey, MessageReceived
from bot.domain.messages import OutgoingMessage, Receipt, Reply, ReplyKey
from bot.domain.state import DialogueState
from bot.ports.admissions import Admissions
from bot.ports.audit import AuditLog
from bot.ports.chunk_index import ChunkIndex
from bot.ports.curated_answers import CuratedAnswers
from bot.ports.feedback import Feedback
from bot.ports.inbox import Claim, Inbox
from bot.ports.interruptions import Interruptions
from bot.ports.lease import ConversationLease
from bot.ports.ledger import Ledger
from bot.ports.library import Library
from bot.ports.outbox import Outbox, OutboxDesk
from bot.ports.quotas import Quotas
from bot.ports.receipts import Receipts
from bot.ports.reply_feed import ReplyFeed
from bot.ports.reply_preview import ReplyPreview
from bot.ports.skill_store import SkillStore
from bot.ports.source_book import SourceBook
from bot.ports.traces import TraceBook
from bot.ports.turn_store import CommitResult, Turn, TurnStore
from integrations.memory.clock import FrozenClock
from integrations.memory.curated import InMemoryCuratedAnswers
from integrations.memory.database import MemoryDatabase
from integrations.memory.feed import InMemoryReplyFeed
from integrations.memory.feedback import InMemoryFeedback
from integrations.memory.inbox import (
    InMemoryConversationLease,
    InMemoryInbox,
    InMemoryInterruptions,
    InMemoryTurnStore,
)
from integrations.memory.ledger import InMemoryLedger, InMemoryQuotas
from integrations.memory.library import InMemoryChunkIndex, InMemoryLibrary
from integrations.memory.outbox import InMemoryOutbox, InMemoryOutboxDesk
from integrations.memory.people import InMemoryAdmissions, InMemoryAuditLog
from integrations.memory.receipts import InMemoryReceipts
from integrations.memory.skills import InMemorySkillStore
from integrations.memory.sources import InMemorySourceBook
from integrations.memory.traces import InMemoryTraceBook
from integrations.postgres.curated import PostgresCuratedAnswers
from integrations.postgres.feed import PostgresReplyFeed
from integrations.postgres.feedback import PostgresFeedback
from integrations.postgres.inbox import PostgresConversationLease, PostgresInbox, PostgresTurnStore
from integrations.postgres.interruptions import PostgresInterruptions
from integrations.postgres.ledger import PostgresLedger, PostgresQuotas
from integrations.postgres.library import PostgresChunkIndex, PostgresLibrary
from integrations.postgres.outbox import PostgresOutbox, PostgresOutboxDesk
from integrations.postgres.people import PostgresAdmissions, PostgresAuditLog
from integrations.postgres.pool import Pool
from integrations.postgres.preview import FeedPreview
from integrations.postgres.receipts import PostgresReceipts
from integrations.postgres.skills import PostgresSkillStore
from integrations.postgres.sources import PostgresSourceBook
from integrations.postgres.traces import PostgresTraceBook
from tests.conftest import Database

MODEL = "model-a"
LEASE = 10.0


@dataclass(frozen=True, slots=True)
class Storage:
    """One technology's adapters over the same rows.

    pass_time: let seconds go by for due times and leases. audit_lines: (person, action, allowed, detail), oldest first.
    turns: (action, apology) of the committed turns, oldest first. outcomes: (status, reference, why) of replies by key.
    """

    inbox: Inbox
    lease: ConversationLease
    interruptions: Interruptions
    turns_store: TurnStore
    outbox: Outbox
    receipts: Receipts
    desk: OutboxDesk
    library: Library
    index: ChunkIndex
    admissions: Admissions
    audit: AuditLog
    feed: ReplyFeed
    preview: ReplyPreview
    ledger: Ledger
    quotas: Quotas
    skills: SkillStore
    traces: TraceBook
    curated: CuratedAnswers
    feedback: Feedback
    sources: SourceBook
    pass_time: Callable[[float], None]
    audit_lines: Callable[[], list[tuple[str, str, bool, str]]]
    turns: Callable[[], list[tuple[str, bool]]]
    outcomes: Callable[[], dict[str, tuple[str, str | None, str | None]]]

    def claim(self) -> Claim:
        """Claim what must be there."""
        (claim,) = self.inbox.claim(limit=1, lease_seconds=LEASE)
        return claim

    def settle(self, *events: MessageReceived) -> None:
        """Keep these events and answer each with its own text."""
        for event in events:
            assert self.inbox.keep(event)
            assert self.turns_store.commit(answered(self.claim())) is not CommitResult.FENCE_LOST


def message(
    number: int, conversation: str = "telegram:42", *, platform: Platform = Platform.TELEGRAM
) -> MessageReceived:
    """Return the event of one message; the number is its identity."""
    return MessageReceived(
        event_id=EventId(f"{platform}:{number}"),
        message_key=MessageKey(f"{platform}:key:{number}"),
        conversation=ConversationId(conversation),
        person=PersonId("telegram:42"),
        address=Address(platform, channel="42", reply_to=str(number), direct=True),
        text=f"question {number}",
    )


def answered(claim: Claim, *texts: str, state: DialogueState | None = None, apology: bool = False) -> Turn:
    """Return the turn that answers a claim with these texts (else with one echo of the question)."""
    replies = texts or (f"answer to {claim.event.text}",)
    return Turn(
        claim=claim,
        state=claim.state if state is None else state,
        messages=tuple(
            OutgoingMessage(
                ReplyKey(f"{claim.event.event_id}#{part}"), claim.conversation, claim.event.address, Reply(text)
            )
            for part, text in enumerate(replies, start=1)
        ),
        action="Answer",
        receipt=Receipt(skill="answer-from-knowledge"),
        apology=apology,
    )


@pytest.fixture(params=["memory", "postgres"])
def storage(request: pytest.FixtureRequest) -> Storage:
    """An empty storage of each technology."""
    if request.param == "memory":
        return _memory()
    database: Database = request.getfixturevalue("database")
    database.clear()
    return _postgres(database.pool, database.server.url)


def _memory() -> Storage:
    clock = FrozenClock()
    database = MemoryDatabase(clock)
    library, audit, feed = InMemoryLibrary(clock), InMemoryAuditLog(), InMemoryReplyFeed(database)
    return Storage(
        inbox=InMemoryInbox(database),
        lease=InMemoryConversationLease(database),
        interruptions=InMemoryInterruptions(database),
        turns_store=InMemoryTurnStore(database),
        outbox=InMemoryOutbox(database),
        receipts=InMemoryReceipts(database),
        desk=InMemoryOutboxDesk(database),
        library=library,
        index=InMemoryChunkIndex(library, model=MODEL),
        admissions=InMemoryAdmissions(database),
        audit=audit,
        feed=feed,
        preview=feed,
        ledger=InMemoryLedger(database),
        quotas=InMemoryQuotas(database),
        skills=InMemorySkillStore(),
        traces=InMemoryTraceBook(database),
        curated=InMemoryCuratedAnswers(database),
        feedback=InMemoryFeedback(database, library),
        sources=InMemorySourceBook(library, clock),
        pass_time=clock.advance,
        audit_lines=lambda: [(line.person, line.action, line.allowed, line.detail) for line in audit.lines],
        turns=lambda: [(turn.action, turn.apology) for turn in database.turns],
        outcomes=lambda: {row.message.key: (row.status, row.reference, row.why) for row in database.outbox},
    )


def _postgres(pool: Pool, url: str) -> Storage:
    def pass_time(seconds: float) -> None:
        with pool.connection() as connection:
            for table, columns in {
                "conversation": ("due_at", "leased_until", "rank"),
                "inbox": ("received_at",),
                "change_ahead": ("kept_at",),
                "outbox": ("due_at", "tried_at", "settled_at"),
                "ledger": ("at",),
                "turn": ("at",),
                "feedback": ("at",),
                "feedback_told": ("at",),
                "source": ("due_at", "leased_until", "last_run_at"),
            }.items():
                shifted = ", ".join(f"{one} = {one} - make_interval(secs => {seconds})" for one in columns)
                connection.execute(f"UPDATE {table} SET {shifted}")

    def rows(query: str) -> list[tuple]:
        with pool.connection() as connection:
            return connection.execute(query).fetchall()

    return Storage(
        inbox=PostgresInbox(pool, count_seconds=0.0),
        lease=PostgresConversationLease(pool),
        interruptions=PostgresInterruptions(url),
        turns_store=PostgresTurnStore(pool),
        outbox=PostgresOutbox(pool),
        receipts=PostgresReceipts(pool),
        desk=PostgresOutboxDesk(pool),
        library=PostgresLibrary(pool),
        index=PostgresChunkIndex(pool, model=MODEL),
        admissions=PostgresAdmissions(pool),
        audit=PostgresAuditLog(pool),
        feed=PostgresReplyFeed(url),
        preview=FeedPreview(pool),
        ledger=PostgresLedger(pool),
        quotas=PostgresQuotas(pool),
        skills=PostgresSkillStore(pool),
        traces=PostgresTraceBook(pool),
        curated=PostgresCuratedAnswers(pool),
        feedback=PostgresFeedback(pool),
        sources=PostgresSourceBook(pool),
        pass_time=pass_time,
        audit_lines=lambda: rows("SELECT person, action, allowed, detail FROM audit ORDER BY id"),
        turns=lambda: rows("SELECT action, apology FROM turn ORDER BY id"),
        outcomes=lambda: {key: tuple(rest) for key, *rest in rows("SELECT key, status, reference, why FROM outbox")},
    )
