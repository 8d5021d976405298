"""What people get in Telegram, by long polling."""

import pytest

from tests.acceptance.house import House, eventually
from tests.acceptance.seen import TelegramScreen

pytestmark = pytest.mark.acceptance

ADMINISTRATOR, ALLOWED, GROUP, OTHER_GROUP = 42, 43, -1001, -1002


def turned_away(person: int) -> str:
    """Return the one sentence that a stranger reads."""
    sentence = f"I only talk to people I know: please ask an administrator to admit {person}."
    return f"{sentence} (관리자에게 {person} 등록을 요청해 주세요.)"


@pytest.fixture(autouse=True)
def _running(maru: House) -> None:
    """Every test here needs the house."""


def test_a_private_question_is_answered(maru: House, telegram: TelegramScreen) -> None:
    before = len(telegram.sent(ADMINISTRATOR))
    with maru.frozen("encoder"):  # an answer may be there before its sign
        question = telegram.platform.private("배포를 롤백하려면?", user=ADMINISTRATOR)
        telegram.wait_typing(ADMINISTRATOR)

    reply = telegram.wait(ADMINISTRATOR, before + 1)[-1]

    assert "shipctl rollback web --to previous" in reply.text
    assert reply.text.endswith("[1] 배포 › 배포 롤백하기 — ko/deploys.md")
    assert reply.reply_to == question["message_id"]
    assert not reply.previews


def test_a_follow_up_is_understood(telegram: TelegramScreen) -> None:
    before = len(telegram.sent(ALLOWED))
    telegram.platform.private("배포를 롤백하려면?", user=ALLOWED)
    telegram.platform.private("스테이징은요?", user=ALLOWED)

    first, second = telegram.wait(ALLOWED, before + 2)[before:]

    assert "shipctl rollback web" in first.text
    assert "stagectl reset web --to main" in second.text


def test_a_pressed_why_is_answered_and_the_button_let_go(telegram: TelegramScreen) -> None:
    before = len(telegram.sent(ALLOWED))
    telegram.platform.private("배포를 롤백하려면?", user=ALLOWED)
    post = telegram.wait(ALLOWED, before + 1)[-1]

    telegram.platform.press(post, "왜?", user=ALLOWED)

    told = telegram.wait(ALLOWED, before + 2)[-1]
    assert told.text.startswith("이 답이 나온 과정 (번호 ")
    assert "ko/deploys.md › 배포 › 배포 롤백하기" in told.text
    assert told.reply_to == post.message_id
    eventually(lambda: not telegram.platform.waiting_buttons, "the button is let go")


def test_in_a_group_a_press_belongs_to_the_conversation_of_its_post(maru: House, telegram: TelegramScreen) -> None:
    before = len(telegram.sent(GROUP))
    telegram.platform.group("@maru_test_bot how do I roll back a deploy?", chat=GROUP, user=900)
    post = telegram.wait(GROUP, before + 1)[-1]
    maru.at_rest()

    telegram.platform.press(post, "Why?", user=900)

    told = telegram.wait(GROUP, before + 2)[-1]
    assert told.text.startswith("How this answer came about")
    reference = told.text.partition("(reference ")[2].partition(")")[0]
    assert maru.rows(
        "SELECT a.conversation = b.conversation FROM inbox a, inbox b WHERE a.id = %s AND b.event->>'text' = %s",
        int(reference),
        f"why {reference}",
    ) == [(True,)]


def test_a_stranger_is_turned_away_until_an_administrator_admits_them(maru: House, telegram: TelegramScreen) -> None:
    stranger = 777
    for text in ("how do I roll back a deploy?", "/kb list", "/start", "/people admit 777"):
        telegram.platform.private(text, user=stranger)
    assert [sent.text for sent in telegram.wait(stranger, 4)] == [turned_away(stranger)] * 4
    assert maru.rows("SELECT DISTINCT action, allowed FROM audit WHERE person = 'telegram:777'") == [("speak", False)]

    before = len(telegram.sent(ADMINISTRATOR))
    telegram.platform.private("/people admit 777", user=ADMINISTRATOR)
    # In the language in which the administrator wrote last, which is another test's affair.
    assert "777" in telegram.wait(ADMINISTRATOR, before + 1)[-1].text

    telegram.platform.private("배포를 롤백하려면?", user=stranger)
    assert "shipctl rollback web" in telegram.wait(stranger, 5)[-1].text
    assert ("people admit", True, "777") in maru.rows(
        "SELECT action, allowed, detail FROM audit WHERE person = 'telegram:42'"
    )


def test_in_a_group_mentions_commands_and_replies_are_answered_and_nothing_else(telegram: TelegramScreen) -> None:
    before = len(telegram.sent(GROUP))
    telegram.platform.group("배포를 롤백하려면?", chat=GROUP, user=900)
    telegram.platform.group("/help@another_bot", chat=GROUP, user=900)
    mention = telegram.platform.group("@maru_test_bot 배포를 롤백하려면?", chat=GROUP, user=900)
    reply = telegram.wait(GROUP, before + 1)[before]
    assert "shipctl rollback web" in reply.text
    assert reply.reply_to == mention["message_id"]

    telegram.platform.group("스테이징은요?", chat=GROUP, user=901, reply_to=telegram.platform.as_update(reply))
    assert "stagectl reset web --to main" in telegram.wait(GROUP, before + 2)[before + 1].text

    telegram.platform.group("/ask 호텔은 하루 얼마까지 되나요?", chat=GROUP, user=900)
    assert "180,000원" in telegram.wait(GROUP, before + 3)[before + 2].text
    assert len(telegram.sent(GROUP)) == before + 3


def test_a_group_that_nobody_allowed_hears_the_sentence_only(telegram: TelegramScreen) -> None:
    telegram.platform.group("@maru_test_bot how do I roll back a deploy?", chat=OTHER_GROUP, user=901)

    assert [sent.text for sent in telegram.wait(OTHER_GROUP)] == [turned_away(901)]


def test_a_topic_of_a_forum_keeps_its_replies(telegram: TelegramScreen) -> None:
    before = len(telegram.sent(GROUP))
    telegram.platform.group("@maru_test_bot 호텔은 하루 얼마까지 되나요?", chat=GROUP, user=900, topic=7)

    reply = telegram.wait(GROUP, before + 1)[-1]
    assert (reply.topic, "180,000원" in reply.text) == (7, True)


def test_html_and_links_come_out_harmless(maru: House, telegram: TelegramScreen) -> None:
    before = len(telegram.sent(ADMINISTRATOR))
    note = "해바라기 물주기: <a href='https://evil.example'>은행</a> [은행](https://evil.example/x) @durov <b>저녁</b>"
    telegram.platform.private(f"/kb add {note} 해바라기는 저녁에 물을 줍니다.", user=ADMINISTRATOR)
    assert telegram.wait(ADMINISTRATOR, before + 1)[-1].text.startswith("배웠어요: “")

    telegram.platform.private("해바라기는 언제 물을 주나요?", user=ADMINISTRATOR)

    reply = telegram.wait(ADMINISTRATOR, before + 2)[-1]
    assert "저녁에 물을 줍니다" in reply.text
    assert "<a href='https://evil.example'>은행</a>" in reply.text
    assert "은행 (https://evil.example/x)" in reply.text
    assert {entity["type"] for entity in reply.entities} <= {"bold", "code", "blockquote"}


def test_a_message_of_40_000_characters_is_refused_politely(telegram: TelegramScreen) -> None:
    before = len(telegram.sent(ALLOWED))
    telegram.platform.private("왜요? " * 10_000, user=ALLOWED)

    assert telegram.wait(ALLOWED, before + 1)[-1].text.startswith("메시지가 너무 길어요(39999자, 최대 4000자).")


def test_what_nobody_can_read_is_set_aside_and_polling_goes_on(maru: House, telegram: TelegramScreen) -> None:
    before = len(telegram.sent(ALLOWED))
    telegram.platform.push_update({"message": {"message_id": "x", "chat": 5}})
    telegram.platform.push_update({"message": None})
    telegram.platform.push_update({"edited_message": {"anything": 1}})
    telegram.platform.private("hi", user=ALLOWED)

    assert telegram.wait(ALLOWED, before + 1)[-1].text.startswith("Hello!")
    eventually(lambda: telegram.platform.unconfirmed == [], "everything is confirmed to Telegram")
    assert telegram.platform.token not in maru.log("telegram") + maru.log("worker-dialogue")
