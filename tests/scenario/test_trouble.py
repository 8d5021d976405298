"""When parts fail: an answer later, or an apology with a reference; never silence, never twice."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from bot.application import answering
from bot.application.delivery import DEATHS, FAILURES, LEASE_SECONDS, LONGEST_WAIT, deliver, dispatch
from bot.domain.conversation import Platform
from bot.domain.errors import (
    DeliveryUncertain,
    EncoderUnavailable,
    LeaseLost,
    PlatformRateLimited,
    PlatformUnauthorised,
    PlatformUnavailable,
    PostRejected,
)
from bot.domain.messages import OutgoingMessage, Receipt, Reply, ReplyKey
from bot.domain.models import ChatRequest
from bot.generation.phrases import phrase
from bot.ports.inbox import Claim
from bot.ports.outbox import Delivery
from bot.ports.rate_limiter import Rate
from bot.ports.turn_store import CommitResult, Turn
from integrations.memory.crew import InlineCrew
from integrations.memory.outbox import InMemoryOutbox
from integrations.memory.poster import CollectingPoster
from tests.scenario.house import House, english_model

QUESTION = "how do I roll back a deploy?"
PARAPHRASE = "You can roll back a deploy with `shipit rollback <service>`."
AWAY = EncoderUnavailable("The encoder does not answer. The question is kept.")


def texts(posted: list[OutgoingMessage]) -> list[str]:
    return [message.reply.text for message in posted]


def apology(house: House, position: int = 0) -> str:
    return phrase("apology", "en", reference=house.database.inbox[position].id)


class TestEncoderDown:
    def test_the_question_waits_and_is_answered_when_it_is_back(self) -> None:
        maru = House()
        maru.embedder.failures += [AWAY] * 3
        maru.keep(maru.message(QUESTION))
        assert maru.run() == []
        (text,) = texts(maru.run(patience=1 + 2 + 4))
        assert "shipit rollback" in text

    def test_after_six_tries_an_apology_with_a_reference(self) -> None:
        maru = House()
        maru.embedder.failures += [AWAY] * 6
        maru.keep(maru.message(QUESTION))
        assert maru.run(patience=1 + 2 + 4 + 8) == []
        assert texts(maru.run(patience=16)) == [apology(maru)]
        (turn,) = maru.database.turns
        assert (turn.action, turn.apology, turn.receipt.tries[0].why) == ("Apology", True, str(AWAY))
        assert maru.run(patience=60) == []

    def test_in_the_askers_language(self) -> None:
        maru = House()
        maru.embedder.failures += [AWAY] * 6
        maru.keep(maru.message("배포를 롤백하려면?"))
        (text,) = texts(maru.run(patience=31))
        assert text == phrase("apology", "ko", reference=maru.database.inbox[0].id)

    def test_the_analyser_too(self) -> None:
        maru = House()
        maru.analyser.failures += [AWAY]
        maru.keep(maru.message(QUESTION))
        assert "shipit rollback" in texts(maru.run(patience=1))[0]

    def test_after_an_apology_the_talk_goes_on(self) -> None:
        maru = House()
        maru.embedder.failures += [AWAY] * 6
        maru.keep(maru.message(QUESTION))
        maru.run(patience=31)
        assert "shipit rollback" in maru.hear(QUESTION).text

    def test_other_conversations_do_not_wait(self) -> None:
        maru = House()
        maru.embedder.failures += [AWAY]
        maru.keep(maru.message(QUESTION, thread="1"), maru.message(QUESTION, thread="2"))
        (posted,) = maru.run()
        assert posted.conversation == "slack:T1/C1/2"
        assert len(maru.run(patience=1)) == 1

    def test_a_hint_and_a_command_need_no_encoder(self) -> None:
        maru = House()
        maru.embedder.failures += [AWAY] * 2
        assert maru.hear("").text == phrase("empty", "en")
        assert "documents" in maru.order("kb list")


class TestDefects:
    def test_an_unforeseen_failure_is_tried_once_more_and_apologised_for(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        maru = House(english_model(ZeroDivisionError("boom")))
        maru.keep(maru.message(QUESTION))
        assert maru.run() == []
        assert texts(maru.run(patience=1)) == [apology(maru)]
        assert maru.database.turns[0].receipt.tries[0].why == "unexpected ZeroDivisionError"
        assert "boom" not in maru.poster.posted[0].reply.text
        assert [record.levelname for record in caplog.records].count("ERROR") == 3

    def test_once_is_forgiven(self) -> None:
        maru = House(english_model(ZeroDivisionError("boom"), PARAPHRASE))
        maru.keep(maru.message(QUESTION))
        assert texts(maru.run(patience=1)) == [f"{PARAPHRASE} [1]"]

    def test_a_worker_that_dies_again_and_again(self) -> None:
        maru = House()
        maru.keep(maru.message(QUESTION))
        for _ in range(6):
            assert maru.inbox.claim(limit=1, lease_seconds=10)
            maru.clock.advance(11)
        assert texts(maru.run()) == [apology(maru)]

    def test_a_worker_that_dies_once(self) -> None:
        maru = House()
        maru.keep(maru.message(QUESTION))
        maru.inbox.claim(limit=1, lease_seconds=10)
        assert maru.run() == []
        (text,) = texts(maru.run(patience=11))
        assert "shipit rollback" in text


class LostLease:
    """`TurnGuard` and `Cancellation` of a turn whose lease is gone."""

    @contextmanager
    def hold(self, claim: Claim) -> Iterator["LostLease"]:
        yield self

    def remaining(self) -> float:
        return 0.0

    def cancelled(self) -> bool:
        return True

    def check(self) -> None:
        raise LeaseLost("the lease was lost")


class TestLostLease:
    def test_the_slow_worker_drops_its_work(self, caplog: pytest.LogCaptureFixture) -> None:
        def slow(_: ChatRequest) -> str:
            maru.clock.advance(11)
            (other,) = maru.inbox.claim(limit=1, lease_seconds=10)
            assert other is not None, "another worker takes over"
            reply = OutgoingMessage(
                ReplyKey("other#1"), other.conversation, other.event.address, Reply("the other worker's answer")
            )
            turn = Turn(claim=other, state=other.state, messages=(reply,), action="Answer", receipt=Receipt("x"))
            assert maru.turns.commit(turn) is CommitResult.COMMITTED
            return PARAPHRASE

        maru = House(english_model(slow))
        maru.keep(maru.message(QUESTION))
        assert texts(maru.run(patience=60)) == ["the other worker's answer"]
        assert len(maru.database.turns) == 1
        assert not [record for record in caplog.records if record.levelno >= logging.ERROR]

    def test_also_if_the_other_is_still_at_it(self) -> None:
        def slow(_: ChatRequest) -> str:
            maru.clock.advance(11)
            assert maru.inbox.claim(limit=1, lease_seconds=10)
            return PARAPHRASE

        maru = House(english_model(slow, PARAPHRASE))
        maru.keep(maru.message(QUESTION))
        assert maru.run() == []
        assert maru.database.turns == []
        assert len(maru.run(patience=11)) == 1, "the other died, a third answers"

    def test_who_is_told_so_says_nothing_even_where_the_fence_would_let_it(self) -> None:
        # A Postgres that dies forgets a claim, and the next one gets the same fence: both holders' commits would pass.
        maru = House()
        maru.keep(maru.message(QUESTION))
        answering.dispatch(replace(maru.answering, guard=LostLease()), InlineCrew())
        assert maru.database.turns == []
        (text,) = texts(maru.run(patience=11))
        assert "shipit rollback" in text

    def test_a_lease_that_is_lost_at_the_very_end(self) -> None:
        maru = House()
        maru.keep(maru.message(QUESTION))
        (claim,) = maru.inbox.claim(limit=1, lease_seconds=10)
        maru.clock.advance(11)
        assert len(maru.run()) == 1
        late = Turn(claim=claim, state=claim.state, messages=(), action="Answer", receipt=Receipt("x"))
        assert maru.turns.commit(late) is CommitResult.FENCE_LOST


class TestDelivery:
    def posted(self, maru: House, *failures: Exception, patience: float = 0.0) -> list[OutgoingMessage]:
        maru.poster.failures += failures
        maru.keep(maru.message(QUESTION))
        return maru.run(patience=patience)

    def outcome(self, maru: House) -> tuple[str, str | None, int]:
        row = maru.database.outbox[0]
        return row.status, row.why, row.attempts

    def test_a_platform_that_is_down_gets_it_later(self) -> None:
        maru = House()
        assert self.posted(maru, PlatformUnavailable("503"), PlatformUnavailable("503")) == []
        assert self.outcome(maru)[:2] == ("deferred", "503")
        assert len(maru.run(patience=6)) == 1
        assert self.outcome(maru)[0] == "sent"

    def test_a_doubtful_post_is_looked_for_and_not_repeated(self) -> None:
        maru = House()
        assert len(self.posted(maru, DeliveryUncertain("cut"), patience=10)) == 1
        assert self.outcome(maru)[0] == "sent"
        assert maru.database.outbox[0].reference == "post-1"

    def test_a_doubtful_post_that_did_not_arrive_is_posted(self) -> None:
        maru = House()
        maru.keep(maru.message(QUESTION))
        maru.poster.failures += [PlatformUnavailable("503")]
        maru.run()
        maru.clock.advance(3)
        maru.outbox.claim(limit=1, lease_seconds=60)  # a sender that dies
        assert maru.run() == []
        assert len(maru.run(patience=61)) == 1

    def test_where_nobody_can_look_a_doubtful_post_is_repeated_once(self) -> None:
        maru = House()
        maru.poster.can_look = False
        assert len(self.posted(maru, *[DeliveryUncertain("cut")] * 9, patience=600)) == 2
        assert self.outcome(maru)[0] == "sent"
        assert maru.database.outbox[0].reference == "unconfirmed"

    def test_where_a_look_may_overlook_it_a_doubtful_post_is_repeated_once(self) -> None:
        maru = House()
        maru.poster.sees_all, maru.poster.overlooks = False, True
        assert len(self.posted(maru, *[DeliveryUncertain("cut")] * 9, patience=600)) == 2
        assert maru.database.outbox[0].reference == "unconfirmed"

    def test_what_such_a_look_finds_is_not_repeated(self) -> None:
        maru = House()
        maru.poster.sees_all = False
        assert len(self.posted(maru, *[DeliveryUncertain("cut")] * 9, patience=600)) == 1
        assert maru.database.outbox[0].reference == "post-1"

    def test_a_repeat_that_surely_did_not_arrive_is_made_again(self) -> None:
        maru = House()
        maru.poster.can_look = False
        failures = DeliveryUncertain("cut"), PlatformUnavailable("503")
        assert len(self.posted(maru, *failures, patience=10)) == 2
        assert maru.database.outbox[0].reference == "post-2"

    def test_a_reply_whose_sender_dies_again_and_again_is_buried(self) -> None:
        maru = House()
        maru.poster.failures += [PlatformUnavailable("503")]
        maru.keep(maru.message(QUESTION))
        maru.run()
        maru.clock.advance(5)
        for _ in range(DEATHS):
            assert maru.outbox.claim(limit=1, lease_seconds=60)
            maru.clock.advance(61)
        assert maru.run() == []
        status, why, _ = self.outcome(maru)
        assert (status, "ended before" in (why or "")) == ("buried", True)

    def test_the_deaths_of_senders_do_not_lengthen_the_pause_after_a_failure(self) -> None:
        maru = House()
        maru.keep(maru.message(QUESTION))
        answering.dispatch(maru.answering, InlineCrew())
        for _ in range(DEATHS // 2):
            assert maru.outbox.claim(limit=1, lease_seconds=60)
            maru.clock.advance(61)
        maru.poster.failures += [PlatformUnavailable("503")]
        assert len(maru.run(patience=3)) == 1

    def test_a_pause_that_the_platform_asks_for_is_kept(self) -> None:
        maru = House()
        assert self.posted(maru, PlatformRateLimited("slow down", retry_after=30), patience=29) == []
        assert len(maru.run(patience=1)) == 1

    def test_what_is_refused_for_good_is_buried_and_the_next_goes_out(self) -> None:
        maru = House()
        assert self.posted(maru, PostRejected("the channel is archived")) == []
        assert self.outcome(maru) == ("buried", "the channel is archived", 1)
        assert "shipit" in maru.hear(QUESTION).text

    def test_a_long_outage_ends_in_a_recorded_reason(self) -> None:
        maru = House()
        assert self.posted(maru, *[PlatformUnavailable("503")] * (FAILURES + 8), patience=3_000) == []
        assert self.outcome(maru) == ("buried", "503", FAILURES)

    def test_an_unforeseen_failure_is_not_lost_either(self) -> None:
        maru = House()
        assert len(self.posted(maru, KeyError("ts"), patience=3)) == 1

    def test_a_platform_that_is_not_connected(self) -> None:
        maru = House()
        maru.keep(maru.message(QUESTION))
        maru.poster.failures += [PlatformUnavailable("503")]
        maru.run()
        maru.clock.advance(5)
        assert dispatch(replace(maru.delivering, posters={Platform.CONSOLE: maru.poster}), InlineCrew()) == 1
        status, why, _ = self.outcome(maru)
        assert status == "buried"
        assert "not connected" in (why or "")

    def test_a_refused_token_buries_nothing_however_long_it_takes_and_is_not_asked_again_and_again(self) -> None:
        maru = House()
        maru.poster.rates = (Rate("channel", 1.0, 5), Rate("platform", 10.0, 10))
        assert self.posted(maru, *[PlatformUnauthorised("bad token")] * 60, patience=1_800) == []
        assert self.outcome(maru) == ("deferred", "bad token", 0)
        assert len(maru.poster.failures) == 60 - 31
        maru.keep(*(maru.message(QUESTION, thread=str(number)) for number in range(2, 9)))
        maru.poster.failures.clear()
        assert len(maru.run(patience=70)) == 8


class TestTurns:
    """Rates: a reply waits its turn without a hand, an attempt or anybody else being held up."""

    def house(self, *rates: Rate) -> House:
        maru = House()
        maru.poster.rates = rates
        return maru

    def test_a_busy_channel_is_posted_to_at_its_rate(self) -> None:
        maru = self.house(Rate("C1", 0.5, 2))
        maru.keep(*(maru.message(QUESTION, thread=str(number)) for number in range(1, 6)))
        assert len(maru.run()) == 2
        assert len(maru.run(patience=2)) == 1
        assert [row.attempts for row in maru.database.outbox if row.open] == [0, 0]
        assert len(maru.run(patience=4)) == 2
        assert {row.attempts for row in maru.database.outbox} == {1}

    def test_a_pause_that_the_platform_asks_for_holds_for_the_whole_channel(self) -> None:
        maru = self.house(Rate("C1", 1.0, 5))
        maru.poster.failures += [PlatformRateLimited("slow down", retry_after=30)]
        maru.keep(*(maru.message(QUESTION, thread=str(number)) for number in range(1, 4)))
        assert maru.run(patience=29) == []
        assert len(maru.run(patience=4)) == 3
        assert not maru.poster.failures

    def test_a_very_long_pause_is_kept_too_though_no_row_is_put_off_for_so_long(self) -> None:
        maru = self.house(Rate("C1", 1.0, 5))
        maru.poster.failures += [PlatformRateLimited("slow down", retry_after=3600)]
        maru.keep(maru.message(QUESTION))
        assert maru.run() == []
        assert maru.database.outbox[0].due_at - maru.clock.now() == LONGEST_WAIT
        assert maru.run(patience=3_599) == []
        assert len(maru.run(patience=30)) == 1
        assert maru.database.outbox[0].attempts == 1


class TestParts:
    """A long reply is several posts; what is out stays out."""

    def house(self, *failures: Exception | None, can_look: bool = True) -> House:
        maru = House()
        maru.poster.parts, maru.poster.can_look = 3, can_look
        maru.poster.failures += failures
        maru.keep(maru.message(QUESTION))
        return maru

    def test_it_goes_on_where_it_broke_off(self) -> None:
        maru = self.house(None, PlatformUnavailable("503"))
        maru.run(patience=10)
        assert [part for _, part in maru.poster.sent] == [1, 2, 3]
        assert maru.database.outbox[0].reference == "post-1 post-2 post-3"

    def test_a_doubtful_part_is_repeated_once_where_nobody_can_look_and_the_rest_follows(self) -> None:
        maru = self.house(None, DeliveryUncertain("cut"), DeliveryUncertain("cut"), can_look=False)
        maru.run(patience=10)
        assert [part for _, part in maru.poster.sent] == [1, 2, 2, 3]
        assert maru.database.outbox[0].reference == "post-1 unconfirmed post-4"

    def test_a_sender_that_died_between_two_parts(self) -> None:
        maru = self.house(None, Died(), can_look=False)
        answering.dispatch(maru.answering, InlineCrew())
        with pytest.raises(Died):
            dispatch(maru.delivering, InlineCrew())
        maru.run(patience=LEASE_SECONDS + 1)
        assert [part for _, part in maru.poster.sent] == [1, 2, 3]


class Died(BaseException):
    """What a kill looks like from inside."""


class TestWindow:
    """A sender that dies after the platform took the post and before that is recorded."""

    class Dying(InMemoryOutbox):
        def sent(self, delivery: Delivery, *, posted: Sequence[str]) -> bool:
            raise Died

    @pytest.mark.parametrize(("can_look", "times"), [(True, 1), (False, 2)])
    def test_it_is_found_where_maru_can_look_and_repeated_once_elsewhere(self, can_look: bool, times: int) -> None:
        maru = House()
        maru.poster.can_look = can_look
        maru.keep(maru.message(QUESTION))
        answering.dispatch(maru.answering, InlineCrew())
        with pytest.raises(Died):
            dispatch(replace(maru.delivering, outbox=self.Dying(maru.database)), InlineCrew())
        assert maru.run(patience=LEASE_SECONDS - 1) == []
        maru.run(patience=600)
        assert len(maru.poster.posted) == times
        assert maru.database.outbox[0].status == "sent"


class TestZombie:
    """A sender that was frozen past its lease wakes up."""

    def asleep(self, seconds: float, *, meanwhile: bool) -> tuple[House, bool]:
        """Freeze a sender before its post, let another one post meanwhile or not, and wake it."""
        maru = House()
        maru.keep(maru.message(QUESTION))
        answering.dispatch(maru.answering, InlineCrew())
        until = maru.clock.monotonic() + LEASE_SECONDS
        (delivery,) = maru.outbox.claim(limit=1, lease_seconds=LEASE_SECONDS)
        maru.clock.advance(seconds)
        if meanwhile:
            dispatch(maru.delivering, InlineCrew())
        before = len(maru.poster.posted)
        deliver(delivery, maru.delivering, until=until)
        return maru, len(maru.poster.posted) > before

    def test_it_posts_nothing_that_another_has_posted(self, caplog: pytest.LogCaptureFixture) -> None:
        maru, posted = self.asleep(LEASE_SECONDS + 1, meanwhile=True)
        assert not posted
        assert len(maru.poster.posted) == 1
        assert "lease ran out" in caplog.text

    def test_it_proves_that_the_message_is_still_its_own(self) -> None:
        maru, posted = self.asleep(LEASE_SECONDS + 1, meanwhile=False)
        assert posted
        assert maru.run(patience=60) == []

    def test_a_short_rest_costs_no_proof(self) -> None:
        maru, posted = self.asleep(LEASE_SECONDS - CollectingPoster.seconds - 1, meanwhile=False)
        assert posted
        assert maru.run(patience=60) == []
