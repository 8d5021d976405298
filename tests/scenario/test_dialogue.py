"""Twelve turns in each language: follow-ups, a correction, a digression, two requests at once, one out of scope."""

from datetime import datetime, timedelta

from bot.domain.conversation import PersonId
from tests.scenario.house import House


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
