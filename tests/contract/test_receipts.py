"""`Receipts`, and the pair that a larger model's turn leaves behind."""

from dataclasses import replace

import pytest

from bot.domain.conversation import ConversationId, PersonId
from bot.domain.escalation import Escalation
from bot.domain.messages import ModelCall, Receipt, RungTry
from bot.ports.inbox import InboxId
from bot.ports.turn_store import CommitResult
from integrations.postgres.retention import PostgresRetention
from tests.conftest import Database
from tests.contract.conftest import LEASE, Storage, _postgres, answered, message

ASKED = PersonId("telegram:42")
RECEIPT = Receipt(
    skill="answer-from-knowledge",
    tries=(RungTry("model", False, "nothing is backed", "tiny", 0.5), RungTry("quote", True, "the best passage")),
    sources=("deploys.md › Deploys",),
    seconds=1.5,
    score=0.83,
    tools=("clock",),
    stages=(("search", 0.25),),
    calls=(ModelCall("answer", "tiny", 100, 20, 0.5, 0.001, 0.01, "127.0.0.1:8081", False),),
    question="How do I roll back a deploy?",
)


def settled(storage: Storage, number: int, conversation: str = "telegram:42", *, receipt: Receipt = RECEIPT) -> InboxId:
    """Keep a message, answer it with this receipt, and return its reference."""
    storage.inbox.keep(message(number, conversation))
    claim = storage.claim()
    turn = replace(answered(claim, f"answer {number}", f"its second part {number}"), receipt=receipt)
    assert storage.turns_store.commit(turn) is not CommitResult.FENCE_LOST
    return claim.inbox


class TestReceipts:
    def test_a_turn_is_found_by_its_reference_as_it_was(self, storage: Storage) -> None:
        reference = settled(storage, 7)
        turn = storage.receipts.of(reference)
        assert turn is not None
        event = message(7)
        assert (turn.reference, turn.conversation, turn.person) == (reference, "telegram:42", ASKED)
        assert (turn.address, turn.text, turn.action) == (event.address, "question 7", "Answer")
        assert (turn.receipt, turn.reply) == (RECEIPT, "answer 7")

    def test_an_unknown_or_unsettled_one_is_not_there(self, storage: Storage) -> None:
        assert storage.receipts.of(InboxId(999_999_999)) is None
        storage.inbox.keep(message(1))
        assert storage.receipts.of(storage.claim().inbox) is None

    def test_a_turn_whose_reply_is_gone_is_still_accounted_for(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        claim = storage.claim()
        storage.turns_store.commit(replace(answered(claim), messages=(), receipt=RECEIPT))
        turn = storage.receipts.of(claim.inbox)
        assert turn is not None
        assert (turn.reply, turn.receipt) == ("", RECEIPT)

    def test_the_latest_is_this_conversations_and_else_this_channels(self, storage: Storage) -> None:
        first, second = settled(storage, 1, "telegram:42/a"), settled(storage, 2, "telegram:42/b")
        for conversation, expected in (("telegram:42/a", first), ("telegram:42/b", second), ("telegram:42/c", second)):
            turn = storage.receipts.latest(ASKED, conversation=ConversationId(conversation), channel="42")
            assert turn is not None
            assert turn.reference == expected

    def test_another_persons_or_channels_is_not_theirs(self, storage: Storage) -> None:
        settled(storage, 1)
        here = ConversationId("telegram:42")
        assert storage.receipts.latest(PersonId("telegram:43"), conversation=here, channel="42") is None
        assert storage.receipts.latest(ASKED, conversation=here, channel="43") is None

    def test_what_climbed_no_ladder_is_passed_over(self, storage: Storage) -> None:
        answer = settled(storage, 1)
        settled(storage, 2, receipt=Receipt(skill="greeting"))
        settled(storage, 3, receipt=Receipt(skill="none", tries=(RungTry("inbox", True, "its person deleted it"),)))
        turn = storage.receipts.latest(ASKED, conversation=ConversationId("telegram:42"), channel="42")
        assert turn is not None
        assert turn.reference == answer


@pytest.fixture
def kept(database: Database) -> Storage:
    """Postgres alone: in memory the pair is the turn's own field."""
    database.clear()
    return _postgres(database.pool, database.server.url)


def paired(storage: Storage, *, accepted: bool) -> InboxId:
    about = settled(storage, 1)
    storage.inbox.keep(message(2))
    claim = storage.claim()
    pair = Escalation(about, "How do I roll back?", "the quotation", RECEIPT, accepted)
    storage.turns_store.commit(replace(answered(claim, "the better answer"), escalation=pair))
    return claim.inbox


def pairs(database: Database) -> list[tuple[object, ...]]:
    with database.pool.connection() as connection:
        return connection.execute(
            "SELECT inbox, person, question, draft, draft_receipt->>'question', answer, accepted FROM escalation"
        ).fetchall()


class TestEscalation:
    @pytest.mark.parametrize(("accepted", "answer"), [(True, "the better answer"), (False, None)])
    def test_the_pair_is_kept_with_its_turn(
        self, kept: Storage, database: Database, accepted: bool, answer: str | None
    ) -> None:
        inbox = paired(kept, accepted=accepted)
        assert pairs(database) == [
            (inbox, ASKED, "How do I roll back?", "the quotation", RECEIPT.question, answer, accepted)
        ]

    def test_a_turn_without_one_leaves_none(self, kept: Storage, database: Database) -> None:
        settled(kept, 1)
        assert pairs(database) == []

    def test_a_lost_lease_keeps_no_pair(self, kept: Storage, database: Database) -> None:
        kept.inbox.keep(message(1))
        stale = kept.claim()
        kept.pass_time(LEASE + 1)
        kept.claim()
        pair = Escalation(1, "q", "d", RECEIPT, True)
        assert kept.turns_store.commit(replace(answered(stale), escalation=pair)) is CommitResult.FENCE_LOST
        assert pairs(database) == []

    def test_it_is_forgotten_with_its_events(self, kept: Storage, database: Database) -> None:
        paired(kept, accepted=True)
        with database.pool.connection() as connection:
            connection.execute(
                "UPDATE inbox SET settled_at = settled_at - interval '91 days', received_at = '2020-1-1'"
            )
        PostgresRetention(database.pool).forget(days=90, batches=9)
        assert pairs(database) == []
