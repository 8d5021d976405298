"""`TurnStore`: a finished turn becomes a fact at once, or nothing is written."""

from concurrent.futures import ThreadPoolExecutor

from bot.domain.conversation import Platform, Utterance
from bot.domain.documents import ChunkId
from bot.domain.messages import Button, Citation, OutgoingMessage, Picture, Receipt, Reply, ReplyKey, RungTry
from bot.domain.state import DialogueState
from bot.ports.turn_store import CommitResult, Turn
from tests.contract.conftest import LEASE, Storage, answered, message

TALK = DialogueState((Utterance("person", "질문"), Utterance("maru", "답")), topic="질문")


class TestCommit:
    def test_state_turn_reply_and_mark_in_one_go(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        assert storage.turns_store.commit(answered(storage.claim(), state=TALK)) is CommitResult.COMMITTED
        assert storage.turns() == [("Answer", False)]
        (delivery,) = storage.outbox.claim(limit=5, lease_seconds=LEASE)
        assert delivery.message.reply.text == "answer to question 1"
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []
        storage.inbox.keep(message(2))
        assert storage.claim().state == TALK

    def test_everything_that_a_reply_says_comes_out_again(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        claim = storage.claim()
        citation = Citation(number=1, title="배포 › 롤백", source="ko/deploys.md", chunk=ChunkId(7), sample=True)
        reply = OutgoingMessage(
            ReplyKey("telegram:1#1"),
            claim.conversation,
            claim.event.address,
            Reply(
                "Run `x`. [1]\n> 인용", (citation,), (Button("다시", "/again"),), Picture("cost", "iVBORw0=", "비용")
            ),
        )
        receipt = Receipt("answer-from-knowledge", (RungTry("model", False, "why", "m", 1.5),), ("a › b",), 2.0)
        turn = Turn(claim=claim, state=TALK, messages=(reply,), action="Answer", receipt=receipt)
        assert storage.turns_store.commit(turn) is CommitResult.COMMITTED
        (delivery,) = storage.outbox.claim(limit=5, lease_seconds=LEASE)
        assert delivery.message == reply

    def test_the_parts_of_a_reply_are_queued_in_order(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.turns_store.commit(answered(storage.claim(), *[f"part {part}" for part in range(1, 13)]))
        said = []
        while claimed := storage.outbox.claim(limit=5, lease_seconds=LEASE):
            said += [delivery.message.reply.text for delivery in claimed]
            for delivery in claimed:
                storage.outbox.sent(delivery, posted=["1"])
        assert said == [f"part {part}" for part in range(1, 13)]

    def test_a_turn_without_words_settles_too(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        claim = storage.claim()
        silent = Turn(claim=claim, state=TALK, messages=(), action="Ignore", receipt=Receipt("none"))
        assert storage.turns_store.commit(silent) is CommitResult.COMMITTED
        assert not storage.outbox.due()
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []

    def test_an_apology_is_marked(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.turns_store.commit(answered(storage.claim(), "sorry", apology=True))
        assert storage.turns() == [("Answer", True)]

    def test_an_expired_lease_that_nobody_took_still_commits(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        claim = storage.claim()
        storage.pass_time(LEASE + 1)
        assert storage.turns_store.commit(answered(claim)) is CommitResult.COMMITTED

    def test_it_tells_whether_the_conversation_has_more_to_answer(self, storage: Storage) -> None:
        for event in (message(1), message(2), message(3, "telegram:7")):
            storage.inbox.keep(event)
        for claim in storage.inbox.claim(limit=5, lease_seconds=LEASE):
            more = claim.conversation == "telegram:42"
            expected = CommitResult.MORE_WAITS if more else CommitResult.COMMITTED
            assert storage.turns_store.commit(answered(claim)) is expected
        assert storage.turns_store.commit(answered(storage.claim())) is CommitResult.COMMITTED

    def test_where_somebody_follows_it_commits_as_well(self, storage: Storage) -> None:
        for number, platform in enumerate((Platform.CONSOLE, Platform.API), start=1):
            storage.inbox.keep(message(number, f"{platform}:1", platform=platform))
            assert storage.turns_store.commit(answered(storage.claim())) is CommitResult.COMMITTED
        assert len(storage.outcomes()) == 2


class TestFenceLost:
    def test_nothing_is_written(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        lost = storage.claim()
        storage.pass_time(LEASE + 1)
        holder = storage.claim()
        assert storage.turns_store.commit(answered(lost, "stale", state=TALK)) is CommitResult.FENCE_LOST
        assert (storage.turns(), storage.outcomes()) == ([], {})
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == [], "the holder keeps its lease"
        storage.pass_time(LEASE + 1)
        assert storage.claim().state == holder.state == DialogueState()

    def test_the_holder_then_commits(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        lost = storage.claim()
        storage.pass_time(LEASE + 1)
        holder = storage.claim()
        storage.turns_store.commit(answered(lost, "stale"))
        assert storage.turns_store.commit(answered(holder, "fresh")) is CommitResult.COMMITTED
        (delivery,) = storage.outbox.claim(limit=5, lease_seconds=LEASE)
        assert delivery.message.reply.text == "fresh"

    def test_the_same_turn_twice_is_one_turn(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        claim = storage.claim()
        assert storage.turns_store.commit(answered(claim, state=TALK)) is CommitResult.COMMITTED
        assert storage.turns_store.commit(answered(claim, "again")) is CommitResult.FENCE_LOST
        assert len(storage.turns()) == len(storage.outcomes()) == 1

    def test_the_next_events_holder_is_not_disturbed(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        storage.inbox.keep(message(2))
        first = storage.claim()
        storage.turns_store.commit(answered(first, state=TALK))
        second = storage.claim()
        assert storage.turns_store.commit(answered(first, "again", state=DialogueState())) is CommitResult.FENCE_LOST
        assert second.state == TALK
        assert storage.turns_store.commit(answered(second)) is CommitResult.COMMITTED

    def test_of_eight_commits_at_once_one_counts(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        claim = storage.claim()
        with ThreadPoolExecutor(8) as workers:
            results = list(workers.map(lambda _: storage.turns_store.commit(answered(claim)), range(8)))
        assert results.count(CommitResult.COMMITTED) == 1
        assert len(storage.turns()) == len(storage.outcomes()) == 1
