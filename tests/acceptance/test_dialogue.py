"""A talk of twelve turns in each language, for real: the embedded encoder and model, by way of Telegram."""

import time

import pytest

from tests.acceptance.house import House
from tests.acceptance.seen import TelegramScreen

pytestmark = pytest.mark.acceptance

ADMINISTRATOR, ALLOWED = 42, 43
LIVE_SECONDS = 5.0
"""Within which a skill is live on every worker."""

ENGLISH = (
    ("hi", "Hello!"),
    ("how do I roll back a deploy?", "shipctl rollback web"),
    ("and for staging?", "stagectl reset web --to main"),
    ("remind me to renew the certificate", "When?"),
    ("what is the hotel limit on a work trip?", "I still wait for an answer"),
    ("tomorrow at 9", "09:00"),
    ("no, at 10", "10:00"),
    ("what is 15% of 240?", "36"),
    ("who gets paged for a SEV1? And how many days of paid leave do I get per year?", "[2]"),
    ("cancel the reminder", "cancelled"),
    ("what is the password of the Wi-Fi in the Berlin office?", "not in what I know"),
    ("thanks", "welcome"),
)
KOREAN = (
    ("안녕하세요", "안녕하세요!"),
    ("배포를 롤백하려면?", "shipctl rollback web --to previous"),
    ("스테이징은요?", "stagectl reset web --to main"),
    ("인증서 갱신하라고 리마인드해 줘", "언제"),
    ("호텔은 하루 얼마까지 되나요?", "아직 답을 기다리고 있어요"),
    ("내일 오전 9시", "09:00"),
    ("아니, 10시로 해 줘", "10:00"),
    ("240의 15%는 얼마야?", "36"),
    ("배포를 롤백하려면? 공휴일에 온콜 근무를 하면 휴무가 생기나요?", "[2]"),
    ("알림 취소해 줘", "취소했어요"),
    ("베를린 사무실 와이파이 비밀번호가 뭐야?", "추측하지 않을게요"),
    ("고마워", "천만에요!"),
)


@pytest.mark.parametrize(("person", "turns"), [(ADMINISTRATOR, ENGLISH), (ALLOWED, KOREAN)], ids=["english", "korean"])
def test_twelve_turns(maru: House, telegram: TelegramScreen, person: int, turns: tuple[tuple[str, str], ...]) -> None:
    for said, expected in turns:
        before = len(telegram.sent(person))
        telegram.platform.private(said, user=person)
        reply = telegram.wait(person, before + 1)[-1].text
        assert expected in reply, f"{said!r} was answered with {reply!r}"
    assert maru.rows("SELECT count(*) FROM schedule") == [(0,)]


def test_a_reminder_comes_by_itself(maru: House, telegram: TelegramScreen) -> None:
    before = len(telegram.sent(ALLOWED))
    telegram.platform.private("remind me to drink tea in 1 minute", user=ALLOWED)
    assert "drink tea" in telegram.wait(ALLOWED, before + 1)[-1].text
    maru.rows("UPDATE schedule SET at = now() RETURNING key")  # a minute is long

    assert telegram.wait(ALLOWED, before + 2)[-1].text == "Reminder: drink tea"
    assert maru.rows("SELECT count(*) FROM schedule") == [(0,)]


def test_a_text_is_summarised_from_what_it_says(maru: House, telegram: TelegramScreen) -> None:
    before = len(telegram.sent(ALLOWED))
    text = (
        "summarise this: The canteen closes at 14:00. On Fridays the office closes at 18:00. "
        "The parking garage stays open until midnight. Visitors sign in at the front desk."
    )
    telegram.platform.private(text, user=ALLOWED)
    reply = telegram.wait(ALLOWED, before + 1)[-1].text
    assert any(word in reply for word in ("14:00", "18:00", "midnight", "front desk"))
    (receipt,) = maru.rows("SELECT receipt FROM turn ORDER BY id DESC LIMIT 1")[0]
    assert receipt["skill"] == "summarise"


def test_a_skill_is_taught_in_chat_and_live_on_all_workers(maru: House, telegram: TelegramScreen) -> None:
    skill = (
        '+++\nname = "canteen"\ndescription = "Answers what the canteen offers."\n'
        '[examples]\nen = ["what is for lunch at the canteen?"]\nko = ["오늘 구내식당 메뉴 뭐야?"]\n+++\n'
        "Ask at the counter, please."
    )
    before = len(telegram.sent(ADMINISTRATOR))
    telegram.platform.private(f"/skill add {skill}", user=ADMINISTRATOR)
    assert "not published" in telegram.wait(ADMINISTRATOR, before + 1)[-1].text

    golden = '[[golden]]\nsay = "what is for lunch at the canteen?"\ncontains = ["counter"]\n+++\n'
    telegram.platform.private(
        f"/skill add {skill.replace('+++' + chr(10) + 'Ask', golden + 'Ask')}", user=ADMINISTRATOR
    )
    assert "is published" in telegram.wait(ADMINISTRATOR, before + 2)[-1].text

    time.sleep(LIVE_SECONDS)
    for number in range(4):  # whichever worker answers
        telegram.platform.private("what is for lunch at the canteen?", user=ADMINISTRATOR)
        assert telegram.wait(ADMINISTRATOR, before + 3 + number)[-1].text == "Ask at the counter, please."
    telegram.platform.private("/skill remove canteen", user=ADMINISTRATOR)
    telegram.wait(ADMINISTRATOR, before + 7)
