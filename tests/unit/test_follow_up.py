"""A question that leans on the one before it is rewritten so that it stands alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.follow_up import leans, renumbered, standalone

TOPIC = "How do I deploy to production?"


@pytest.mark.parametrize(
    "text",
    [
        "and for staging?",
        "And on Fridays?",
        "what about staging?",
        "How about the API?",
        "but why?",
        "then what?",
        "who approves it?",
        "is that allowed?",
        "그럼 스테이징은?",
        "그러면 금요일에는요?",
        "스테이징은?",
        "스테이징에서는요?",
        "금요일은요?",
        "그건 왜?",
        "근데 누가 승인해?",
        "why?",
        "who approves?",
        "how long does it take?",
        "얼마나 걸려?",
        "누가 승인해?",
        "언제 지급돼?",
        "이월돼?",
    ],
)
def test_follow_ups(text: str) -> None:
    assert leans(text)
    assert standalone(text, TOPIC) == f"How do I deploy to production — {text}"


@pytest.mark.parametrize(
    "text",
    [
        "how do I roll back a deploy?",
        "what is the hotel limit?",
        "android build fails",
        "What does error E1042 mean?",
        "배포는 어떻게 롤백하나요?",
        "숙박비 한도가 얼마야?",
        "and now for something completely different: how many days of holiday do I get?",
        "who approves leave?",
        "where's the rota?",
        "휴가는 며칠이야?",
        "VPN?",
        "롤백 방법 알려줘",
        "thanks",
        "",
    ],
)
def test_questions_of_their_own(text: str) -> None:
    assert not leans(text)
    assert standalone(text, TOPIC) == text


@pytest.mark.parametrize("text", ["and for staging?", "그럼 스테이징은?"])
def test_without_a_topic_there_is_nothing_to_lean_on(text: str) -> None:
    assert standalone(text, None) == text


def test_after_two_questions_a_third_is_about_the_second() -> None:
    topic = standalone("and for staging?", "how do I roll back a deploy?")
    whole = "how do I roll back a deploy — and for staging — how long does it take?"
    assert standalone("how long does it take?", topic) == whole


def test_a_chain_of_follow_ups_stays_short() -> None:
    topic = TOPIC
    for text in ("and for staging?", "and on Fridays?", "who approves it?"):
        topic = standalone(text, topic)
    assert topic == "How do I deploy to production — and on Fridays — who approves it?"


@given(st.text(max_size=60), st.none() | st.text(max_size=60))
def test_the_words_are_never_lost(text: str, topic: str | None) -> None:
    assert standalone(text, topic).endswith(text)


@pytest.mark.parametrize(
    ("question", "correction", "right"),
    [
        ("who gets paged for a SEV1?", "for SEV2", "who gets paged for a SEV2?"),
        ("SEV1이면 누가 호출돼?", "SEV2요", "SEV2이면 누가 호출돼?"),
        ("SEV 1 장애는 누가 맡아?", "SEV 2", "SEV 2 장애는 누가 맡아?"),
        ("restart db-03 how?", "db-04", "restart db-04 how?"),
        ("can I deploy at 9?", "at 10", "can I deploy at 10?"),
        ("how many days of leave do I get?", "for SEV2", None),
        ("who gets paged for a SEV1?", "for SEV1", None),
        ("who gets paged for a SEV1?", "staging", None),
    ],
)
def test_the_number_of_a_name_is_put_right(question: str, correction: str, right: str | None) -> None:
    assert renumbered(question, correction) == right
