"""Once, in order, and re-creatable: the laws over whole conversations."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.application.upkeep import wake
from bot.dialogue.policy import decide
from bot.dialogue.tracking import Said, observe
from bot.domain.conversation import WORKSPACE, Standing
from bot.domain.errors import EncoderUnavailable, ModelUnavailable, PlatformUnavailable
from bot.domain.events import EventId
from bot.domain.sources import SourceKind
from bot.domain.state import DialogueState, Unanswered
from bot.nlu.follow_up import standalone
from bot.ports.doorbell import Bell
from tests.scenario.house import ADMIN, MEMBER, House, english_model

APPROVE, STAGING, ROLLBACK = "who has to approve a deploy?", "and for staging?", "how do I roll back a deploy?"
PARAPHRASE = "You can roll back a deploy with `shipit rollback <service>`."
AWAY = EncoderUnavailable("away")


class TestOnce:
    def test_a_repeated_event_is_answered_once(self) -> None:
        maru = House()
        event = maru.message(ROLLBACK)
        maru.keep(event, event)
        assert len(maru.run()) == 1
        maru.keep(event)
        assert maru.run(patience=60) == []

    def test_the_same_message_under_two_events_is_answered_once(self) -> None:
        maru = House()
        event = maru.message(ROLLBACK)
        maru.keep(event, replace(event, event_id=EventId("slack:twin")))
        assert len(maru.run(patience=60)) == 1

    def test_only_a_new_event_rings(self) -> None:
        maru = House()
        event = maru.message(ROLLBACK)
        maru.keep(event, event)
        assert maru.doorbell.rings[Bell.DIALOGUE] == 1

    def test_the_same_words_again_are_a_new_question(self) -> None:
        maru = House()
        assert maru.hear(ROLLBACK).text == maru.hear(ROLLBACK).text


class TestInOrder:
    def test_two_events_of_one_conversation(self) -> None:
        maru = House()
        maru.keep(maru.message(APPROVE), maru.message(STAGING))
        first, second = [message.reply.text for message in maru.run()]
        assert "On staging nobody has to approve" in second, "the second knows the first"
        assert [turn.claim.event.text for turn in maru.database.turns] == [APPROVE, STAGING]
        assert first

    def test_the_second_waits_for_a_postponed_first(self) -> None:
        maru = House()
        maru.embedder.failures += [AWAY]
        maru.keep(maru.message(ROLLBACK), maru.message("thanks"))
        assert maru.run() == []
        assert [message.reply.text for message in maru.run(patience=1)][1] == "You're welcome!"

    def test_many_threads_keep_their_own_order(self) -> None:
        maru = House()
        events = [
            maru.message(text, thread=str(thread)) for text in (APPROVE, STAGING, "thanks") for thread in range(5)
        ]
        maru.keep(*events)
        posted = maru.run()
        for thread in range(5):
            mine = [one.key for one in posted if one.conversation == f"slack:T1/C1/{thread}"]
            assert mine == [f"{event.event_id}#1" for event in events if event.conversation == f"slack:T1/C1/{thread}"]


class TestUpkeep:
    def ring(self, maru: House) -> dict[Bell, int]:
        maru.doorbell.rings.clear()
        wake(
            inbox=maru.inbox,
            outbox=maru.outbox,
            library=maru.library,
            curated=maru.curated.store,
            sources=maru.sources,
            model=maru.embedder.model,
            doorbell=maru.doorbell,
        )
        return dict(maru.doorbell.rings)

    def test_nothing_left_behind_is_no_ring(self) -> None:
        maru = House()
        maru.hear(ROLLBACK)
        assert self.ring(maru) == {}

    def test_whatever_was_left_behind_is_rung_for(self) -> None:
        maru = House()
        maru.order("kb add Lunch is at noon.", person=ADMIN)
        maru.keep(*[maru.message(ROLLBACK, thread=str(thread)) for thread in range(3)])
        assert self.ring(maru) == {Bell.DIALOGUE: 1, Bell.INDEXING: 1}

    def test_a_source_that_is_due_is_rung_for(self) -> None:
        maru = House()
        maru.sources.keep("/wiki", kind=SourceKind.FOLDER, space=WORKSPACE, trusted=True, every=3_600.0, by=ADMIN)
        assert self.ring(maru) == {Bell.INDEXING: 1}
        assert maru.sources.claim(seconds=60) is not None
        assert self.ring(maru) == {}

    def test_a_reply_that_could_not_be_posted_is_rung_for_when_it_is_due(self) -> None:
        maru = House()
        maru.poster.failures += [PlatformUnavailable("503")]
        maru.keep(maru.message(ROLLBACK))
        maru.run()
        assert self.ring(maru) == {}
        maru.clock.advance(3)
        assert self.ring(maru) == {Bell.DELIVERY: 1}


WORDS = st.sampled_from(
    [
        APPROVE,
        STAGING,
        ROLLBACK,
        "hi",
        "thanks",
        "",
        "배포를 롤백하려면?",
        "그럼 스테이징은?",
        "x" * 5_000,
        "what is wifi?",
    ]
)
TROUBLE = st.sampled_from(["none", "none", "encoder", "model", "defect", "death"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(WORDS, st.booleans(), TROUBLE), max_size=8))
def test_folding_the_events_from_zero_gives_the_stored_state(talk: list[tuple[str, bool, str]]) -> None:
    drafts = {"none": PARAPHRASE, "model": ModelUnavailable("down"), "defect": ZeroDivisionError("boom")}
    model = english_model(PARAPHRASE)
    maru = House(model)
    for text, is_command, trouble in talk:
        model.script[:] = [drafts.get(trouble, PARAPHRASE), PARAPHRASE]
        maru.embedder.failures[:] = [AWAY] if trouble == "encoder" else []
        event = maru.message(text)
        if is_command:
            event = replace(maru.command("kb list"), conversation=event.conversation, address=event.address)
        maru.keep(event)
        if trouble == "death":
            maru.inbox.claim(limit=1, lease_seconds=10)
        assert len(maru.run(patience=12)) == 1, "each event gets one reply, whatever happened"
    state = DialogueState()
    for turn in maru.database.turns:
        assert turn.claim.state == state
        event = turn.claim.event
        if decide(event, Standing.MEMBER) is None and not turn.apology:
            seen = observe(state, event)
            asked = standalone(event.text, seen.topic) if turn.action == "Answer" else None
            refused = bool(asked) and turn.receipt.tries[-1].rung == "refuse"
            unanswered = Unanswered(asked or "", event.person) if refused else None
            state = observe(seen, Said(turn.messages[0].reply.text, topic=asked, unanswered=unanswered))
        assert turn.state == state
    assert (maru.state() if talk else DialogueState()) == state


def test_two_people_in_one_thread_share_the_talk() -> None:
    maru = House()
    maru.keep(maru.message(APPROVE, person=MEMBER), maru.message(STAGING, person=ADMIN))
    assert "On staging nobody" in maru.run()[1].reply.text
