"""How an answer came about, told in chat; and a bigger model at somebody's wish."""

from dataclasses import replace

from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.errors import ModelUnavailable
from bot.domain.events import pressed
from bot.domain.messages import Button, Reply
from bot.domain.models import ModelEntry
from bot.domain.money import Quota
from integrations.memory.models import ScriptedChatModel
from tests.scenario.house import ADMIN, FRIEND, MEMBER, House

QUESTION = "How do I roll back a deploy?"
KOREAN = "배포를 롤백하려면?"
GOOD = "To roll back a deploy, run `shipit rollback <service>`. [1]"
BETTER = "The rollback takes 4 minutes. [1]"
BAD = "The moon is made of cheese."
OTHER = PersonId("slack:T1/OTHER")


def model(name: str, size: str, *script: object, languages: tuple[str, ...] = ()) -> ScriptedChatModel:
    entry = ModelEntry(
        name,
        "openai",
        ("http://127.0.0.1:9",),
        name,
        size=size,  # type: ignore[arg-type]
        usd_per_million_input=10.0,
        usd_per_million_output=10.0,
        languages=languages,
    )
    return ScriptedChatModel(*script, entry=entry)


def press(maru: House, button: Button, *, person: PersonId = MEMBER, thread: str = "1") -> Reply:
    """Press a button in a thread, as the platforms' gateways report it."""
    place = maru.message("", person=person, thread=thread)
    return maru.take(
        pressed(
            button.says,
            event_id=place.event_id,
            message_key=place.message_key,
            conversation=place.conversation,
            person=person,
            address=place.address,
        )
    )


def labels(reply: Reply) -> list[str]:
    return [button.label for button in reply.buttons]


class TestButtons:
    def test_an_answer_offers_its_account_and_small_talk_does_not(self) -> None:
        maru = House(model("tiny", "small", GOOD))
        assert labels(maru.hear(QUESTION)) == ["Why?", "👍", "👎"]
        assert labels(maru.hear(KOREAN)) == ["왜?", "👍", "👎"]
        assert labels(maru.hear("thanks!")) == []
        assert labels(maru.hear("help")) == []

    def test_the_bigger_model_is_offered_where_a_small_one_or_a_quotation_answered(self) -> None:
        maru = House(model("tiny", "small", GOOD, BAD), model("huge", "large", BAD))
        assert labels(maru.hear(QUESTION)) == ["Why?", "Ask the bigger model", "👍", "👎"]
        assert labels(maru.hear(QUESTION)) == ["Why?", "👍", "👎"], "the large one was tried already"

    def test_it_is_not_offered_where_there_is_none_for_the_language(self) -> None:
        maru = House(model("tiny", "small", GOOD), model("huge", "large", languages=("en",)))
        assert labels(maru.hear(KOREAN)) == ["왜?", "👍", "👎"]

    def test_it_is_not_offered_where_nothing_was_found(self) -> None:
        maru = House(model("tiny", "small"), model("huge", "large"))
        assert labels(maru.hear("asdfqwer zxcv?")) == ["Why?", "Ask an administrator"]

    def test_a_quota_that_left_the_large_one_out_leaves_out_the_button(self) -> None:
        maru = House(model("tiny", "small", BAD), model("huge", "large", BAD))
        maru.quotas.set(Quota(f"person:{MEMBER}", 0.0000001, "day"), by=ADMIN)
        maru.hear(QUESTION)
        maru.clock.advance(6.0)
        assert labels(maru.hear(QUESTION)) == ["Why?", "👍", "👎"]

    def test_a_terminal_shows_no_why_and_an_api_no_button(self) -> None:
        maru = House(model("tiny", "small", GOOD, GOOD), model("huge", "large"))
        for platform, shown in ((Platform.CONSOLE, ["Ask the bigger model"]), (Platform.API, [])):
            event = replace(
                maru.message(QUESTION, person=PersonId(f"{platform}:local"), thread=str(platform)),
                address=Address(platform, direct=True),
            )
            assert labels(maru.take(event)) == shown


class TestWhy:
    def test_it_tells_skill_tries_models_sources_time_tokens_and_money(self) -> None:
        maru = House(model("tiny", "small", BAD), model("huge", "large", GOOD))
        why = maru.hear(QUESTION).buttons[0]
        told = press(maru, why).text.splitlines()
        assert told[0] == "**How this answer came about** (reference 1)"
        assert told[1] == "- **Skill**: answer-from-knowledge (score 1.00)"
        assert told[2] == "- **Tried**, in this order:"
        assert told[3].startswith("  1. model `tiny`: not taken, ")
        assert told[4].startswith("  2. model `huge`: taken, 1 sentence(s) backed by the evidence")
        assert "`tiny` for the answer, `huge` for the answer" in told[5]
        assert "`hashing` for embeddings" in told[5]
        assert told[6] == "- **Sources**: en/deploys.md › Deploys › Rolling back"
        assert told[7].startswith("- **Time**: 0.000 s: understanding ")
        assert told[8].startswith("- **Tokens**: ")
        assert told[8].endswith(" written (partly estimated)")
        assert told[9].startswith("- **Money**: $0.")
        assert len(told) == 10

    def test_in_korean_to_whom_speaks_it(self) -> None:
        maru = House(model("tiny", "small", BAD))
        told = press(maru, maru.hear(KOREAN).buttons[0]).text
        assert told.startswith(
            "**이 답이 나온 과정** (번호 1)\n- **기능**: answer-from-knowledge (점수 1.00)\n- **시도한 순서**:\n"
        )
        assert "1. 모델 `tiny`: 채택 안 함, " in told
        assert "2. 인용: 채택, " in told

    def test_without_a_reference_it_is_the_persons_last_answer_in_the_channel(self) -> None:
        maru = House(model("tiny", "small", GOOD, GOOD, GOOD))
        maru.hear(QUESTION, thread="1")
        maru.hear(QUESTION, thread="2")
        maru.hear("thanks", thread="2")
        maru.hear(QUESTION, thread="3", person=OTHER)
        assert "(reference 3)" in maru.order("why"), "number 2 is its reply"

    def test_who_asked_nothing_hears_so(self) -> None:
        maru = House()
        assert maru.order("why").startswith("I find no answer of mine")
        assert maru.order("why 99").startswith("I find no answer of mine")
        assert maru.order("why not").startswith("Usage: `/maru why`")
        assert maru.order("bigger picture").startswith("Usage: `/maru why`")

    def test_only_who_asked_and_administrators_see_it(self) -> None:
        maru = House(model("tiny", "small", GOOD))
        why = maru.hear(QUESTION).buttons[0]
        assert press(maru, why, person=OTHER).text.startswith("Only who asked can see")
        assert press(maru, why, person=ADMIN).text.startswith("**How this answer came about**")

    def test_what_was_said_to_one_person_is_not_told_in_a_channel(self) -> None:
        maru = House(model("tiny", "small", GOOD))
        alone = Address(Platform.SLACK, channel="D1", team="T1", direct=True)
        private = replace(maru.message(QUESTION), address=alone, conversation=ConversationId("slack:T1/D1"))
        why = maru.take(private).buttons[0]
        assert press(maru, why).text.startswith("That was said elsewhere")
        assert press(maru, why, person=ADMIN).text.startswith("That was said elsewhere")
        there = maru.command(why.says.removeprefix("/"), person=ADMIN)
        assert maru.take(replace(there, address=alone)).text.startswith("**How this answer")

    def test_an_apology_has_a_receipt_too(self) -> None:
        maru = House()
        maru.embedder.failures = [ValueError("a defect")] * 2
        maru.keep(maru.message(QUESTION))
        (apology,) = maru.run(patience=10)
        told = maru.order("why 1")
        assert "1. apology: taken, unexpected ValueError" in told
        assert apology.reply.buttons == ()


class TestBigger:
    def test_it_answers_the_same_question_in_the_same_place_and_records_the_pair(self) -> None:
        small, large = model("tiny", "small", GOOD), model("huge", "large", BETTER)
        maru = House(small, large)
        first = maru.hear(QUESTION)
        second = press(maru, first.buttons[1], person=OTHER)
        assert second.text.startswith("The rollback takes 4 minutes. [1]")
        assert labels(second) == ["Why?", "👍", "👎"]
        assert len(small.requests) == 1
        turn = maru.database.turns[-1]
        assert (turn.action, turn.receipt.question, turn.receipt.skill) == (
            "AskBigger",
            QUESTION,
            "answer-from-knowledge",
        )
        pair = turn.escalation
        assert pair is not None
        assert (pair.question, pair.draft, pair.accepted) == (QUESTION, first.text, True)
        assert [one.model for one in pair.receipt.tries] == ["tiny"]
        assert "`huge`: taken" in press(maru, second.buttons[0], person=OTHER).text

    def test_a_follow_up_is_asked_as_the_question_that_stands_alone(self) -> None:
        staging = "On staging nobody has to approve a deploy. [1]"
        large = model("huge", "large", staging)
        maru = House(model("tiny", "small", BAD, staging), large)
        maru.hear("Who has to approve a deploy?")
        more = maru.hear("And on staging?")
        large.requests.clear()
        assert press(maru, more.buttons[1]).text.startswith("On staging nobody")
        (request,) = large.requests
        question = maru.database.turns[-1].receipt.question
        assert question is not None
        assert "approve" in question
        assert question in request.messages[-1].content

    def test_a_large_model_that_fails_leaves_the_answer_as_it_is(self) -> None:
        maru = House(model("tiny", "small", GOOD), model("huge", "large", ModelUnavailable("it is down")))
        reply = press(maru, maru.hear(QUESTION).buttons[1])
        assert reply.text == "The bigger model has no better answer that the documents back. The one above stands."
        pair = maru.database.turns[-1].escalation
        assert pair is not None
        assert not pair.accepted
        assert "it is down" in press(maru, reply.buttons[0]).text

    def test_without_a_reference_it_is_the_last_answer(self) -> None:
        maru = House(model("tiny", "small", GOOD), model("huge", "large", BETTER))
        maru.hear(QUESTION)
        assert maru.order("bigger").startswith("The rollback takes 4 minutes.")

    def test_it_keeps_within_the_quota_and_says_so(self) -> None:
        maru = House(model("tiny", "small", GOOD), model("huge", "large", BETTER))
        first = maru.hear(QUESTION)
        maru.quotas.set(Quota(f"person:{MEMBER}", 0.0000001, "day"), by=ADMIN)
        maru.clock.advance(6.0)
        reply = press(maru, first.buttons[1])
        assert "quota for today is used up" in reply.text
        assert maru.database.turns[-1].escalation is None, "no larger model was asked"

    def test_nobody_asks_it_about_what_they_could_not_read(self) -> None:
        maru = House(model("tiny", "small", GOOD), model("huge", "large"))
        bigger = maru.hear(QUESTION, person=FRIEND).buttons[1]
        assert press(maru, bigger, person=MEMBER).text.startswith("That was asked by somebody else, or elsewhere")
        elsewhere = maru.command(bigger.says.removeprefix("/"), person=PersonId("telegram:1"))
        maru.models[1].script.append(BETTER)  # type: ignore[attr-defined]
        assert maru.take(elsewhere).text.startswith("The rollback takes"), "an administrator, alone"

    def test_what_is_not_there_is_said(self) -> None:
        maru = House(model("tiny", "small", GOOD))
        maru.hear(QUESTION)
        maru.hear("thanks")
        assert maru.order("bigger 1").startswith("There is no bigger model")
        assert maru.order("bigger 3").startswith("That was not answered from documents")
        assert maru.order("bigger 99").startswith("I find no answer of mine that this could mean")

    def test_the_talk_goes_on_as_if_nothing_had_been_said(self) -> None:
        maru = House(model("tiny", "small", GOOD), model("huge", "large", BETTER))
        first = maru.hear(QUESTION)
        before = maru.state()
        press(maru, first.buttons[1])
        assert maru.state() == before

    def test_a_sign_of_life_is_shown_while_it_works(self) -> None:
        maru = House(model("tiny", "small", GOOD), model("huge", "large", BETTER))
        first = maru.hear(QUESTION)
        maru.preview.signs.clear()
        press(maru, first.buttons[1])
        assert maru.preview.signs[0] == "working"
