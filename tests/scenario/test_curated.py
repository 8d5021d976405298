"""Answers that people vouch for: taught in chat, given before any model, and whatever else is down."""

from dataclasses import replace

import pytest

from bot.domain.conversation import PersonId, Platform, Space
from bot.domain.errors import EncoderUnavailable, ModelUnavailable
from bot.domain.events import pressed
from bot.domain.messages import Button, Reply
from bot.generation.phrases import phrase
from tests.scenario.house import ADMIN, FRIEND, MEMBER, House, english_model

WIFI = "What is the password of the guest wifi?"
ANSWER = "It is *maru-2026*, and it changes every month."
EXPERT = PersonId("slack:T1/EXPERT")
ROOM, OTHER_ROOM = Space("channel:slack:T1/C1"), Space("channel:slack:T1/C2")
DAY = 86_400


def house(*script: object) -> House:
    """A house with one curated answer, and a model that must not be asked."""
    maru = House(english_model(*script or ("The model was asked.",)))
    assert "until" in maru.order(f"curate {WIFI} => {ANSWER}", person=ADMIN)
    return maru


def press(maru: House, button: Button, *, person: PersonId) -> Reply:
    place = maru.message("", person=person)
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


class TestGiving:
    @pytest.mark.parametrize("asked", [WIFI, "what is the password of the GUEST WIFI", "guest wifi password?"])
    def test_before_any_model_with_who_vouches_for_it(self, asked: str) -> None:
        maru = house()
        reply = maru.hear(asked)
        assert reply.text == f"{ANSWER} [1]"
        assert [(one.title, one.source) for one in reply.citations] == [
            (WIFI, "curated by slack:T1/ADMIN, 14 Nov 2023")
        ]
        assert maru.models[0].requests == []
        (tried,) = maru.database.turns[-1].receipt.tries
        assert (tried.rung, tried.accepted) == ("curated", True)

    @pytest.mark.parametrize(
        "asked",
        [
            "What is the password of the office wifi?",
            "How do I change the password of the guest wifi?",
            "Who has the password of the guest wifi?",
            "Isn't there a password of the guest wifi?",
        ],
    )
    def test_a_near_miss_is_another_question(self, asked: str) -> None:
        assert ANSWER not in house().hear(asked).text

    def test_another_wording_is_taught(self) -> None:
        maru = house()
        assert ANSWER not in maru.hear("WLAN key for visitors?").text
        number = maru.curated.store.entries(None)[0].id
        assert "too" in maru.order(f"curated also {number} WLAN key for visitors?", person=ADMIN)
        assert ANSWER in maru.hear("WLAN key for visitors?").text

    def test_several_lines_keep_their_code(self) -> None:
        maru = House()
        maru.order("curate How do I restart the proxy? => Run:\n```\nsystemctl restart proxy\n```", person=ADMIN)
        assert maru.hear("How do I restart the proxy?").text.endswith("\n```\n\n[1]")

    def test_in_korean(self) -> None:
        maru = House()
        maru.order("curate 게스트 와이파이 비밀번호가 뭐야? => maru-2026 입니다.", person=ADMIN)
        reply = maru.hear("게스트 와이파이 비밀번호가 뭐야")
        assert reply.text == "maru-2026 입니다. [1]"
        assert reply.citations[0].source == "slack:T1/ADMIN 님이 정리한 답, 2023년 11월 14일"

    def test_two_questions_in_one_message_are_both_counted(self) -> None:
        maru = house()
        maru.order("curate Where is the printer? => In room 3.", person=ADMIN)
        reply = maru.hear(f"{WIFI} And where is the printer?")
        assert ANSWER in reply.text
        maru.hear("Where is the printer?")
        assert [one.hits for one in maru.curated.store.entries(None)] == [1, 1 + ("In room 3." in reply.text)]

    def test_hits_are_counted_and_last_seen(self) -> None:
        maru = house()
        for _ in range(3):
            maru.hear(WIFI)
        assert f"{WIFI} (given 3 times, until " in maru.order("curated list")
        assert "last: 14 Nov 2023" in maru.order(f"curated show {maru.curated.store.entries(None)[0].id}")

    def test_the_bigger_model_is_still_asked_on_demand(self) -> None:
        maru = house()
        maru.hear(WIFI)
        assert ANSWER not in maru.order("bigger")


class TestWhenAllIsDown:
    def test_models_down_gives_curated_answers_and_quotes(self) -> None:
        maru = house(ModelUnavailable("down"))
        assert ANSWER in maru.hear("guest wifi password?").text
        assert phrase("quote", "en") in maru.hear("how do I roll back a deploy?").text

    def test_the_encoder_down_too_gives_what_was_asked_in_the_same_words(self) -> None:
        maru = house(ModelUnavailable("down"))
        maru.embedder.failures[:] = [EncoderUnavailable("away")] * 20
        assert ANSWER in maru.hear(f"  {WIFI.upper()} ").text

    def test_curated_while_the_encoder_was_down_it_is_found_by_meaning_later(self) -> None:
        maru = House()
        maru.embedder.failures[:] = [EncoderUnavailable("away")]
        maru.order(f"curate {WIFI} => {ANSWER}", person=ADMIN)
        assert ANSWER not in maru.hear("guest wifi password?").text
        assert maru.curated.embed_waiting() == 1
        assert ANSWER in maru.hear("guest wifi password?").text


class TestAudience:
    def test_an_answer_of_another_space_is_not_given_listed_or_counted(self) -> None:
        maru = house()
        (number,) = (one.id for one in maru.curated.store.entries(None))
        row = maru.database.curated[number]
        row.answer = replace(row.answer, space=OTHER_ROOM)
        for person in (MEMBER, ADMIN):
            assert ANSWER not in maru.hear(WIFI, person=person).text
            for line in ("curated list", f"curated show {number}", f"curated remove {number}"):
                assert WIFI not in maru.order(line, person=person)
        row.answer = replace(row.answer, space=ROOM)
        assert ANSWER in maru.hear(WIFI).text
        assert WIFI in maru.order("curated list")


class TestExpiry:
    def test_expired_is_never_given_and_told_to_those_alone_who_can_renew_it(self) -> None:
        maru = house()
        maru.clock.advance(181 * DAY)
        assert ANSWER not in maru.hear(WIFI).text
        assert "no curated answers" in maru.order("curated list")
        told = maru.order("curated list", person=ADMIN)
        assert "**expired** on 12 May 2024" in told
        assert "1 expired" in told
        number = maru.curated.store.entries(None)[0].id
        assert "until 12 Jun 2024" in maru.order(f"curated expire {number} 30 days", person=ADMIN)
        assert ANSWER in maru.hear(WIFI).text
        assert maru.order(f"curated expire {number} now", person=ADMIN)
        assert ANSWER not in maru.hear(WIFI).text

    @pytest.mark.parametrize("words", ["", "soon", "2026-13-01", "9999 days"])
    def test_what_is_no_date_changes_nothing(self, words: str) -> None:
        maru = house()
        before = maru.curated.store.entries(None)
        assert "curated expire" in maru.order(f"curated expire {before[0].id} {words}", person=ADMIN)
        assert maru.curated.store.entries(None) == before


class TestRights:
    def test_only_administrators_curate_and_owners_change(self) -> None:
        maru = house()
        assert maru.order("curate a b c? => d") == phrase("administrators_only", "en")
        number = maru.curated.store.entries(None)[0].id
        for verb in ("also {} x y z?", "expire {} now", "remove {}"):
            assert "Only who curated it" in maru.order("curated " + verb.format(number))
        assert "forgotten" in maru.order(f"curated remove {number}", person=ADMIN)
        assert "no curated answer" in maru.order(f"curated remove {number}", person=ADMIN)


class TestInTheThread:
    QUESTION = "what is the wifi password of the guest network?"
    SAID = "The guest network password is on the whiteboard in room 3."

    def unanswered(self) -> House:
        maru = House()
        assert maru.hear(self.QUESTION).text.startswith(phrase("not_found", "en"))
        return maru

    def test_who_answers_in_its_stead_is_asked_and_one_press_keeps_it(self) -> None:
        maru = self.unanswered()
        reply = maru.hear(self.SAID, person=EXPERT)
        assert reply.text == phrase("curate_offer", "en", question=self.QUESTION)
        (button,) = reply.buttons
        assert self.SAID not in maru.hear(self.QUESTION, thread="2").text
        assert "until" in press(maru, button, person=EXPERT).text
        given = maru.hear(self.QUESTION, thread="3")
        assert given.text == f"{self.SAID} [1]"
        assert given.citations[0].source.startswith("curated by slack:T1/EXPERT, ")

    def test_with_the_answer_in_the_request(self) -> None:
        maru = self.unanswered()
        maru.hear("use this next time: Ask at the desk. They know.", person=EXPERT)
        assert maru.hear(self.QUESTION, thread="2").text == "Ask at the desk. They know. [1]"

    def test_in_korean(self) -> None:
        maru = House()
        asked = "손님용 프린터 비밀번호가 뭐야?"
        assert maru.hear(asked).text.startswith(phrase("not_found", "ko"))
        reply = maru.hear("손님용 프린터 비밀번호는 삼층 게시판에 있어요.", person=EXPERT)
        assert reply.text == phrase("curate_offer", "ko", question=asked)
        press(maru, reply.buttons[0], person=EXPERT)
        assert "삼층 게시판" in maru.hear(asked, thread="2").text

    def test_who_asked_and_others_cannot_press_it_but_an_administrator_can(self) -> None:
        maru = self.unanswered()
        (button,) = maru.hear(self.SAID, person=EXPERT).buttons
        assert press(maru, button, person=MEMBER).text == phrase("curate_not_yours", "en")
        assert press(maru, button, person=PersonId("slack:T1/OTHER")).text.startswith("What shall I say?")
        assert maru.curated.store.entries(None) == []
        press(maru, button, person=ADMIN)
        (one,) = maru.curated.store.entries(None)
        assert (one.answer.answer, one.answer.owner) == (self.SAID, EXPERT)

    def test_a_question_an_errand_and_small_talk_are_no_answers(self) -> None:
        for text in ("where is the whiteboard in room 3?", "thanks a lot for that!", "what is 3 * 4 + 5"):
            maru = self.unanswered()
            assert maru.hear(text, person=EXPERT).text != phrase("curate_offer", "en", question=self.QUESTION)
        maru = self.unanswered()
        assert "Shall I" not in maru.hear(self.SAID).text, "the asker themselves"

    def test_where_maru_answered_only_an_administrator_may(self) -> None:
        maru = House()
        maru.hear("how do I roll back a deploy?")
        assert maru.hear("use this next time: never", person=EXPERT).text == phrase("curate_not_yours", "en")
        assert "until" in maru.hear("use this next time: ask ops", person=ADMIN).text
        assert maru.hear("how do I roll back a deploy?", thread="2").text == "ask ops [1]"

    def test_it_lies_where_it_was_said(self) -> None:
        maru = House()
        maru.hear(self.QUESTION)
        maru.hear(f"use this next time: {self.SAID}", person=EXPERT)
        assert [one.answer.space for one in maru.curated.store.entries(None)] == [ROOM]
        assert self.SAID in maru.hear(self.QUESTION, thread="2").text
        asked = maru.message(self.QUESTION, thread="3")
        elsewhere = replace(asked.address, channel="C2")
        assert self.SAID not in maru.take(replace(asked, address=elsewhere)).text

    def test_nothing_was_asked(self) -> None:
        assert House().hear("use this next time: x", person=ADMIN).text == phrase("curate_no_question", "en")

    def test_a_direct_message_offers_nothing(self) -> None:
        maru = House()
        maru.hear(self.QUESTION, person=FRIEND)
        assert Platform.TELEGRAM in FRIEND
        assert "Shall I" not in maru.hear(self.SAID, person=FRIEND).text
