"""Twelve turns in each language: follow-ups, a correction, a digression, two requests at once, one out of scope."""

from datetime import datetime, timedelta

from bot.domain.conversation import PersonId
from tests.scenario.house import ADMIN, House


def talk(maru: House, *exchanges: tuple[str, str]) -> None:
    """Say each of the first, and find the second in the reply to it."""
    for said, expected in exchanges:
        reply = maru.hear(said).text
        assert expected in reply, f"{said!r} was answered with {reply!r}"


def tomorrow(maru: House, hour: int) -> str:
    day = datetime.fromtimestamp(maru.clock.now(), maru.zone) + timedelta(days=1)
    return f"{day:%Y-%m-%d} {hour:02}:00"


def test_twelve_turns_in_english() -> None:
    maru = House()
    talk(
        maru,
        ("how do I roll back a deploy?", "shipit rollback"),
        ("who has to approve a deploy?", "approve"),
        ("and for staging?", "staging nobody"),
        ("remind me to renew the certificate", "When?"),
        ("can I deploy on Friday?", "after 15:00"),  # a digression: answered, and the question stands
        ("tomorrow at 9", tomorrow(maru, 9)),
        ("no, at 10", "10:00"),
        ("15% of 240", "36"),
        ("how do I roll back a deploy? And who has to approve a deploy on staging?", "[2]"),
        ("no, staging", "staging"),
        ("what is the wifi password of the office in Berlin?", "not in what I know"),
        ("thanks", "You're welcome!"),
    )
    assert len(maru.database.schedule) == 1


def test_twelve_turns_in_korean() -> None:
    maru = House()
    talk(
        maru,
        ("안녕", "안녕하세요!"),
        ("배포를 롤백하려면?", "shipit rollback"),
        ("얼마나 걸려?", "4분"),
        ("인증서 갱신하라고 리마인드해 줘", "언제"),
        ("배포를 롤백하려면?", "아직 답을 기다리고 있어요"),
        ("내일 오전 9시", "09:00"),
        ("아니, 10시로 해 줘", "10:00"),
        ("240의 15%는 얼마야?", "36"),
        ("배포를 롤백하려면? 지금 몇 시야?", "지금은"),
        ("알림 취소해 줘", "취소했어요"),
        ("베를린 사무실 와이파이 비밀번호가 뭐야?", "추측하지 않을게요"),
        ("고마워", "천만에요!"),
    )
    assert maru.database.schedule == {}


def test_a_reminder_comes_when_it_is_due_and_once() -> None:
    maru = House()
    maru.hear("remind me to drink tea in 20 minutes")
    assert maru.run(patience=1_190) == []
    maru.clock.advance(20)
    (posted,) = maru.upkeep()
    assert posted.reply.text == "Reminder: drink tea"
    assert posted.address.channel == "C1"
    assert maru.upkeep() == []


def test_a_reminder_that_was_moved_comes_once_at_its_new_time() -> None:
    maru = House()
    maru.hear("remind me to drink tea in 20 minutes")
    assert "tea" in maru.hear("no, in 40 minutes").text
    maru.clock.advance(1_300)
    assert maru.upkeep() == []
    maru.clock.advance(1_200)
    assert [one.reply.text for one in maru.upkeep()] == ["Reminder: drink tea"]


def test_never_mind_ends_what_was_asked() -> None:
    maru = House()
    maru.hear("remind me to renew the certificate")
    assert maru.hear("never mind").text == "All right, forgotten."
    assert maru.state().pending is None
    maru.hear("인증서 갱신하라고 리마인드해 줘")
    maru.hear("아니요, 괜찮아요")
    assert maru.state().pending is None


def test_what_is_not_understood_three_times_is_let_go() -> None:
    maru = House()
    for said in ("remind me to drink tea", "2020-01-01", "2020-01-01", "2020-01-01"):
        reply = maru.hear(said).text
    assert "let it rest" in reply
    assert maru.state().pending is None


def test_a_person_is_fetched() -> None:
    maru = House()
    maru.keep(maru.message("can I talk to a person?"))
    posted = {one.address.channel: one.reply.text for one in maru.run()}
    assert posted["C1"] == "I have passed this on to 2 administrator(s). They will write to you."
    assert "slack:T1/MEMBER asks for a person" in posted["ADMIN"]
    assert "can I talk to a person?" in posted["1"]


def test_two_requests_are_answered_in_one_reply_with_their_sources_numbered_through() -> None:
    maru = House()
    reply = maru.hear("how do I roll back a deploy? And who has to approve a deploy on staging?")
    assert "shipit rollback" in reply.text
    assert "staging nobody" in reply.text
    assert [one.number for one in reply.citations] == list(range(1, len(reply.citations) + 1))


def test_nobody_is_reminded_in_a_terminal() -> None:
    maru = House()
    assert (
        "cannot reach you here"
        in maru.hear("remind me to drink tea in 20 minutes", person=PersonId("console:local")).text
    )
    assert maru.database.schedule == {}


def test_a_correction_keeps_what_it_does_not_say() -> None:
    maru = House()
    maru.hear("remind me to deploy in 3 days at 15:00")
    due = datetime.fromtimestamp(maru.clock.now(), maru.zone) + timedelta(days=3)
    assert f"{due:%Y-%m-%d} 10:00" in maru.hear("no, at ten").text
    assert f"{due - timedelta(days=2):%Y-%m-%d} 10:00" in maru.hear("no, tomorrow").text
    assert len(maru.database.schedule) == 1


def test_a_question_after_a_sorry_leaves_the_reminder_alone() -> None:
    maru = House()
    maru.hear("remind me to drink tea in 20 minutes")
    assert "shipit rollback" in maru.hear("sorry, how do I roll back a deploy?").text
    maru.hear("remind me to eat cake")
    assert "shipit rollback" in maru.hear("wait, how do I roll back a deploy?").text
    (planned,) = (planned for _, planned in maru.database.schedule.values())
    assert planned.message.reply.text == "Reminder: drink tea"


def test_no_never_mind_takes_back() -> None:
    maru = House()
    maru.hear("remind me to drink tea in 20 minutes")
    maru.hear("actually, cancel that")
    assert maru.database.schedule == {}


def test_that_it_is_well_takes_nothing_back() -> None:
    maru = House()
    maru.hear("20분 뒤에 차 마시라고 알려 줘")
    maru.hear("괜찮아")
    assert len(maru.database.schedule) == 1


def test_politeness_is_no_correction() -> None:
    maru = House()
    maru.hear("remind me to drink tea in 20 minutes")
    for said in ("no, thanks", "actually it works", "sorry, my mistake", "rather not", "아니요 괜찮아요"):
        maru.hear(said)
    maru.clock.advance(1_300)
    assert [one.reply.text for one in maru.upkeep()] == ["Reminder: drink tea"]


def test_taking_back_what_was_asked_leaves_the_earlier_reminder_to_be_cancelled() -> None:
    maru = House()
    maru.hear("remind me to drink tea in 20 minutes")
    maru.hear("remind me to eat cake")
    maru.hear("never mind")
    maru.hear("cancel the reminder")
    assert maru.database.schedule == {}


def test_a_reminder_that_came_cannot_be_taken_back() -> None:
    maru = House()
    maru.hear("remind me to drink tea in 20 minutes")
    maru.clock.advance(1_300)
    maru.upkeep()
    assert "cancelled" not in maru.hear("never mind").text


def test_a_time_that_went_by_while_maru_asked_is_asked_for_again() -> None:
    maru = House()
    maru.hear("remind me in 1 minute")
    maru.clock.advance(120)
    assert "That time is over" in maru.hear("drink tea").text
    assert maru.database.schedule == {}


def test_telling_about_a_day_is_no_reminder() -> None:
    maru = House()
    for said in (
        "내일 당직이 누구인지 알려 줘",
        "금요일 배포 규칙 알려 줘",
        "내일 오후 5시 배포 일정 알려 줘",
        "새벽 3시에 도는 작업 알려 줘",
    ):
        maru.hear(said)
    assert maru.database.schedule == {}
    maru.hear("오후 3시에 리뷰하라고 알려 줘")
    assert len(maru.database.schedule) == 1


def test_a_person_is_asked_for_twice_in_one_message() -> None:
    maru = House()
    maru.keep(maru.message("can I talk to a person? who can help me with this?"))
    keys = [one.key for one in maru.run()]
    assert len(keys) == len(set(keys)) > 2


def test_a_pasted_text_may_end_with_a_question() -> None:
    maru = House()
    maru.hear("summarise this text please: ")
    assert maru.state().pending is not None
    reply = maru.hear("The office closes at 18:00.\nThe canteen closes at 14:00.\nIs that known to all of you?")
    assert "18:00" in reply.text
    assert maru.state().pending is None


def test_to_be_told_again_is_a_question() -> None:
    maru = House()
    assert "approve" in maru.hear("can you remind me who has to approve?").text
    assert maru.state().pending is None


def test_in_a_shared_thread_nobody_answers_or_takes_back_for_another() -> None:
    maru = House()
    assert "When?" in maru.hear("remind me to drink tea").text
    assert "36" in maru.hear("15% of 240", person=ADMIN).text
    assert "forgotten" not in maru.hear("never mind", person=ADMIN).text
    assert "drink tea" in maru.hear("in 20 minutes").text
    maru.hear("no, in 40 minutes", person=ADMIN)
    maru.hear("cancel the reminder", person=ADMIN)
    maru.clock.advance(1_300)
    assert [one.reply.text for one in maru.upkeep()] == ["Reminder: drink tea"]


def test_a_reminder_that_should_repeat_says_that_it_does_not() -> None:
    assert "I cannot repeat" in House().hear("remind me every monday at 9 to water the plants").text
    assert "반복 알림은 아직" in House().hear("매주 월요일 9시에 화분에 물 주라고 알려 줘").text
    assert "repeat" not in House().hear("remind me on monday at 9 to water the plants").text


def test_a_time_alone_is_asked_about_and_no_greeting() -> None:
    maru = House()
    for said in ("tomorrow at 9", "내일 오전 9시"):
        maru.hear(said)
        pending = maru.state().pending
        assert pending is not None and (pending.skill, pending.missing) == ("remind", "what")
        maru.hear("never mind")


def test_a_time_corrects_no_question_that_has_none() -> None:
    maru = House()
    terminal = PersonId("console:local")
    maru.hear("how do I roll back a deploy?", person=terminal)
    assert "cannot reach you here" in maru.hear("no, at 10", person=terminal).text
    assert "나중에 알려 드릴 수 없어요" in maru.hear("아니, 10시로 해 줘", person=terminal).text
    maru.hear("can I deploy today at 9?", person=terminal)
    assert "cannot reach you here" not in maru.hear("no, at 10", person=terminal).text


def test_of_two_questions_the_one_is_corrected_that_is_meant() -> None:
    maru = House()
    maru.learn(
        "en/paging.md", "# Paging\n\n## SEV1\n\nThe primary is paged for SEV1.\n\n## SEV2\n\nMail is sent for SEV2.\n"
    )
    maru.hear("who is paged for SEV1? And how do I roll back a deploy?")
    assert "Mail is sent" in maru.hear("no, for SEV2").text
