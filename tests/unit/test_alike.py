"""When two questions are the same: terms as the analyser writes them, cosines as e5 gives them."""

import pytest

from bot.retrieval.alike import Phrasing, alike, bare, same_words

RESET = Phrasing("How do I reset my VPN key?", ("reset", "vpn", "key"))


@pytest.mark.parametrize(
    ("asked", "terms"),
    [
        ("how can I reset the VPN key?", ("reset", "vpn", "key")),
        ("resetting my VPN key, how does it work?", ("reset", "vpn", "key", "work")),
    ],
)
def test_a_paraphrase_has_the_same_telling_terms_and_the_same_question_word(asked: str, terms: tuple[str, ...]) -> None:
    assert alike(Phrasing(asked, terms), RESET, cosine=0.96)
    assert not alike(Phrasing(asked, terms), RESET, cosine=0.95), "meaning has a say, too"


@pytest.mark.parametrize(
    ("asked", "terms"),
    [
        ("how do I reset my SSH key?", ("reset", "ssh", "key")),
        ("how do I reset my VPN key on Android?", ("reset", "vpn", "key", "android")),
        ("who can reset my VPN key?", ("reset", "vpn", "key")),
        ("when do I reset my VPN key?", ("reset", "vpn", "key")),
        ("how do I not reset my VPN key?", ("reset", "vpn", "key")),
    ],
)
def test_one_other_word_is_another_question_however_near(asked: str, terms: tuple[str, ...]) -> None:
    assert not alike(Phrasing(asked, terms), RESET, cosine=0.999)


@pytest.mark.parametrize(
    ("asked", "known", "terms"),
    [
        ("금요일에 배포하면 안 돼?", "금요일에 배포해도 돼?", ("금요일", "배포")),
        ("금요일에 누가 배포해?", "금요일에 배포해도 돼?", ("금요일", "배포")),
        ("로그는 왜 보관해?", "로그는 얼마나 보관해?", ("로그", "보관")),
        ("do contractors use the VPN?", "which VPN do contractors use?", ("contractor", "use", "vpn")),
        ("부산 사무실 주차는 얼마야?", "부산 사무실 주차는 어디에 해?", ("부산", "사무실", "주차")),
    ],
)
def test_the_same_terms_asked_otherwise(asked: str, known: str, terms: tuple[str, ...]) -> None:
    assert not same_words(Phrasing(asked, terms), Phrasing(known, terms))
    assert same_words(Phrasing(known, terms), Phrasing(known, terms))


def test_words_that_say_nothing_are_no_question() -> None:
    assert not same_words(Phrasing("can you tell me?", ("tell",)), Phrasing("may I know?", ("know",)))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Wifi  password?", "wifi password", True),
        ("게스트 와이파이 비번은?", "게스트와이파이 비번은", True),
        ("what is C++?", "what is C?", False),
        ("what is C#?", "what is C?", False),
        ("version 1.2", "version 12", False),
        ("is it -5?", "is it 5?", True),
    ],
)
def test_what_is_literally_the_same(one: str, other: str, same: bool) -> None:
    assert (bare(one) == bare(other)) is same
