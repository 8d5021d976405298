"""People change their minds: an edit is answered, a deletion is not, a stop is obeyed at once."""

from collections.abc import Callable
from dataclasses import replace

from bot.application import delivery
from bot.domain.conversation import PersonId
from bot.domain.events import Event, MessageChanged
from bot.domain.models import ChatRequest
from bot.nlu.stopping import asks_to_stop
from integrations.memory.crew import InlineCrew
from tests.scenario.house import FRIEND, GUEST, MEMBER, House, english_model

ROLLBACK, STAGING = "how do I roll back a deploy?", "do we have to approve a deploy on staging?"
PARAPHRASE = "You can roll back a deploy with `shipit rollback <service>`."
COLLEAGUE = PersonId("slack:T1/COLLEAGUE")


def edited(event: Event, text: str, *, at: float = 1.0) -> MessageChanged:
    return MessageChanged(event.message_key, event.person, text, at)


def deleted(event: Event) -> MessageChanged:
    return MessageChanged(event.message_key, event.person, None, 1.0)


def meanwhile(maru: House, act: Callable[[], object]) -> None:
    """Let something happen while the model thinks the first time."""

    def think(_: ChatRequest) -> str:
        act()
        return PARAPHRASE

    (model,) = maru.models
    model.script[:] = [think, PARAPHRASE]


class TestEdits:
    def test_an_edit_before_the_answer_is_what_is_answered(self) -> None:
        maru = House()
        event = maru.message(ROLLBACK)
        maru.keep(event, edited(event, STAGING))
        (post,) = maru.run(patience=60)
        assert "On staging nobody has to approve" in post.reply.text

    def test_an_edit_while_the_model_thinks_is_what_is_answered_once(self) -> None:
        maru = House(english_model(PARAPHRASE))
        event = maru.message(ROLLBACK)
        meanwhile(maru, lambda: maru.keep(edited(event, STAGING)))
        maru.keep(event)
        (post,) = maru.run(patience=60)
        assert "On staging nobody has to approve" in post.reply.text
        assert [one.text for one in maru.state().utterances if one.role == "person"] == [STAGING]

    def test_an_edit_after_the_answer_changes_nothing(self) -> None:
        maru = House()
        event = maru.message(ROLLBACK)
        maru.take(event)
        maru.keep(edited(event, STAGING))
        assert maru.run(patience=60) == []

    def test_an_edit_whose_question_the_platform_delivers_later_with_the_old_words(self) -> None:
        maru = House()
        event = maru.message(ROLLBACK)
        maru.keep(edited(event, STAGING), event)
        (post,) = maru.run(patience=60)
        assert "On staging nobody has to approve" in post.reply.text

    def test_an_edit_of_a_question_that_waits_behind_another(self) -> None:
        maru = House(english_model(PARAPHRASE))
        first, second = maru.message(ROLLBACK), maru.message("thanks")
        meanwhile(maru, lambda: maru.keep(edited(second, "hi")))
        maru.keep(first, second)
        posts = maru.run(patience=60)
        assert [post.key for post in posts] == [f"{first.event_id}#1", f"{second.event_id}#1"]
        assert posts[1].reply.text.startswith("Hello!")


class TestDeletions:
    def test_a_deleted_question_is_not_answered(self) -> None:
        maru = House()
        event = maru.message(ROLLBACK)
        maru.keep(event, deleted(event))
        assert maru.run(patience=60) == []
        assert [turn.action for turn in maru.database.turns] == ["Deleted"]

    def test_a_question_that_comes_after_its_deletion_is_not_answered(self) -> None:
        maru = House()
        event = maru.message(ROLLBACK)
        maru.keep(deleted(event), event)
        assert maru.run(patience=60) == []
        assert [turn.action for turn in maru.database.turns] == ["Deleted"]
        assert sum(maru.doorbell.rings.values()) == 0

    def test_a_deletion_while_the_model_thinks_drops_the_answer_and_the_next_is_answered(self) -> None:
        maru = House(english_model(PARAPHRASE))
        first, second = maru.message(ROLLBACK), maru.message("thanks")
        meanwhile(maru, lambda: maru.keep(deleted(first)))
        maru.keep(first, second)
        assert [post.key for post in maru.run(patience=60)] == [f"{second.event_id}#1"]

    def test_a_reply_that_could_not_be_posted_yet_is_dropped_with_its_question(self) -> None:
        maru = House()
        event = maru.message(ROLLBACK)
        maru.keep(event)
        claim = maru.inbox.claim(limit=1, lease_seconds=10)
        assert claim
        maru.clock.advance(11)
        maru.keep(deleted(event))
        assert maru.run(patience=60) == []


class TestStop:
    def test_stop_while_the_model_thinks(self) -> None:
        maru = House(english_model(PARAPHRASE))
        question, stop = maru.message(ROLLBACK), maru.message("stop!")
        meanwhile(maru, lambda: maru.keep(stop))
        maru.keep(question)
        (post,) = maru.run(patience=60)
        assert (post.key, post.reply.text, post.address) == (f"{stop.event_id}#1", "Stopped.", stop.address)

    def test_in_korean(self) -> None:
        maru = House(english_model(PARAPHRASE))
        meanwhile(maru, lambda: maru.keep(maru.message("그만해 주세요")))
        maru.keep(maru.message(ROLLBACK))
        assert [post.reply.text for post in maru.run(patience=60)] == ["멈췄어요."]

    def test_what_waits_of_that_person_goes_too_and_what_others_ask_does_not(self) -> None:
        maru = House()
        maru.keep(maru.message(ROLLBACK), maru.message(STAGING), maru.message(ROLLBACK, person=COLLEAGUE))
        maru.keep(maru.message("please stop"))
        texts = [post.reply.text for post in maru.run(patience=60)]
        assert texts[0] == "Stopped."
        assert len(texts) == 2
        assert "shipit rollback" in texts[1]

    def test_another_thread_goes_on_but_the_command_means_all(self) -> None:
        maru = House()
        maru.keep(maru.message(ROLLBACK, thread="1"), maru.message("stop", thread="2"))
        nothing, answer = sorted((post.reply.text for post in maru.run(patience=60)), key=len)
        assert nothing == "Nothing of yours is being answered here. `/maru stop` stops everything of yours."
        assert "shipit rollback" in answer
        maru.keep(maru.message(ROLLBACK, thread="1"), maru.message(ROLLBACK, thread="2"), maru.command("stop"))
        assert [post.reply.text for post in maru.run(patience=60)] == ["Stopped."]

    def test_it_does_not_wait_behind_what_others_ask_in_the_same_thread(self) -> None:
        maru = House(english_model(PARAPHRASE))
        stop = maru.message("stop")
        answered: list[str] = []

        def act() -> None:
            maru.keep(stop)
            answered.extend(claim.event.text for claim in maru.inbox.claim(limit=9, lease_seconds=10))

        meanwhile(maru, act)
        maru.keep(maru.message(ROLLBACK, person=COLLEAGUE), maru.message(STAGING))
        maru.run(patience=60)
        assert answered == ["stop"]

    def test_a_repeated_stop_stops_nothing_that_was_asked_after_it(self) -> None:
        maru = House()
        stop = maru.message("stop")
        maru.keep(stop, maru.message(ROLLBACK), stop)
        texts = [post.reply.text for post in maru.run(patience=60)]
        assert len(texts) == 2
        assert "shipit rollback" in texts[1]

    def test_on_telegram_too(self) -> None:
        maru = House()
        maru.keep(maru.message(ROLLBACK, person=FRIEND), maru.command("stop", person=FRIEND))
        assert [post.reply.text for post in maru.run(patience=60)] == ["Stopped."]

    def test_a_guest_hears_the_one_sentence(self) -> None:
        maru = House()
        maru.keep(maru.message("stop", person=GUEST), maru.message(ROLLBACK, person=GUEST))
        first, second = (post.reply for post in maru.run())
        assert first == second

    def test_the_talk_goes_on_after_it(self) -> None:
        maru = House()
        maru.hear(ROLLBACK)
        before = maru.state()
        maru.keep(maru.message("stop"))
        assert len(maru.run()) == 1
        assert maru.state() == before

    def test_which_words_mean_it(self) -> None:
        yes = "stop|Stop!|STOP.|please stop|stop please|stop it|cancel|Cancel that, please|Maru, stop|멈춰|멈춰!|그만"
        more = "그만해|그만해줘|그만해 주세요|중지|중지해 주세요|취소|취소해줘|취소해 주세요|마루야 그만|이제 그만"
        no = "how do I stop a deploy?|stop the deploy|don't stop|취소 규정이 뭐야?|그만두려면?|unstoppable|stop stop|"
        assert all(asks_to_stop(text) for text in f"{yes}|{more}".split("|"))
        assert not any(asks_to_stop(text) for text in no.split("|"))


class TestOverload:
    def test_the_201st_question_of_one_person_is_refused_politely_and_at_once(self) -> None:
        maru = House()
        maru.keep(*[maru.message(ROLLBACK, thread=str(thread)) for thread in range(200)])
        last = maru.message("배포를 롤백하려면?", thread="last")
        other = maru.message(ROLLBACK, person=COLLEAGUE, thread="other")
        maru.keep(last, other)
        posts = {post.key: post.reply.text for post in maru.run(patience=120)}
        assert posts[f"{last.event_id}#1"].startswith("죄송해요, 기다리는 질문이 너무 많아")
        assert "shipit rollback" in posts[f"{other.event_id}#1"]
        finals = [key for key in posts if key.endswith("#1")]
        assert len(finals) == 202, "everybody gets one reply"

    def test_who_has_many_before_is_told_so_once_and_before_the_answer(self) -> None:
        maru = House()
        crowd = [
            replace(maru.message(ROLLBACK, thread=str(number)), person=PersonId(f"slack:T1/U{number}"))
            for number in range(31)
        ]
        event = maru.message(ROLLBACK, thread="mine")
        maru.keep(*crowd, event, event)
        maru.clock.advance(3)
        delivery.dispatch(maru.delivering, InlineCrew())
        posts = [*maru.poster.posted, *maru.run(patience=60)]
        mine = [(post.key, post.reply.text) for post in posts if post.conversation == event.conversation]
        assert [key for key, _ in mine] == [f"{event.event_id}#place", f"{event.event_id}#1"]
        assert mine[0][1].startswith("Many questions are waiting: about 31 come before yours")
        assert len(posts) == 33

    def test_who_waited_long_sees_no_stages_and_only_the_first_model_tries(self) -> None:
        small, large = english_model("That I cannot say."), english_model(PARAPHRASE)
        maru = House(small, large)
        maru.keep(maru.message(ROLLBACK))
        maru.clock.advance(31)
        maru.run()
        assert maru.preview.signs == ["working"]
        assert (len(small.requests), len(large.requests)) == (1, 0)
        maru.hear(ROLLBACK)
        assert len(large.requests) == 1
        assert len(maru.preview.signs) > 2

    def test_calls_are_made_in_the_name_of_the_person(self) -> None:
        model = english_model(PARAPHRASE)
        House(model).hear(ROLLBACK, person=MEMBER)
        assert [request.owner for request in model.requests] == [MEMBER]
