"""Small talk, empty and endless messages: a short natural reply and no sources."""

import pytest

from bot.domain.conversation import PersonId
from bot.generation.phrases import phrase
from tests.scenario.house import FRIEND, House, english_model

API = PersonId("api:key")
HELP = {
    "en": f"{phrase('help', 'en')} {phrase('commands', 'en', command='/maru ')}",
    "ko": f"{phrase('help', 'ko')} {phrase('commands', 'ko', command='/maru ')}",
}


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("hi", phrase("greeting", "en")),
        ("Hello!!", phrase("greeting", "en")),
        ("hey Maru", phrase("greeting", "en")),
        ("안녕하세요", phrase("greeting", "ko")),
        ("마루야 안녕~", phrase("greeting", "ko")),
        ("thanks", phrase("thanks", "en")),
        ("Thank you! 🙏", phrase("thanks", "en")),
        ("고마워ㅋㅋ", phrase("thanks", "ko")),
        ("ㅋㅋㅋ", phrase("chatter", "ko")),
        ("asdf", phrase("chatter", "en")),
        ("???", phrase("empty", "en")),
        ("😀", phrase("empty", "en")),
        ("bye", phrase("farewell", "en")),
        ("안녕히 계세요", phrase("farewell", "ko")),
        ("what can you do?", HELP["en"]),
        ("help", HELP["en"]),
        ("뭐 할 수 있어?", HELP["ko"]),
    ],
)
def test_small_talk(said: str, answered: str) -> None:
    model = english_model("I am a pirate.")
    maru = House(model)
    reply = maru.hear(said)
    assert (reply.text, reply.citations) == (answered, ())
    assert model.requests == []


def test_where_there_are_no_commands_none_are_named() -> None:
    maru = House(documents=False)
    assert maru.take(maru.message("help", person=API)).text == phrase("help", "en")
    assert "`maru kb add`" in maru.take(maru.message("how do I roll back a deploy?", person=API)).text


def test_help_names_the_commands_of_the_platform() -> None:
    assert "`/kb list`" in House().hear("help", person=FRIEND).text


@pytest.mark.parametrize(
    "question", ["hi, how do I roll back a deploy?", "thanks! and how do I roll back a deploy again?"]
)
def test_a_greeting_before_a_question_is_a_question(question: str) -> None:
    reply = House().hear(question)
    assert "shipit rollback" in reply.text
    assert reply.citations


@pytest.mark.parametrize("mention", ["", "   ", "\n\t"])
def test_an_empty_mention_gets_a_hint(mention: str) -> None:
    maru = House()
    assert maru.hear(mention).text == phrase("empty", "en")
    assert maru.state().utterances == ()


def test_forty_thousand_characters_are_refused_politely() -> None:
    maru = House(english_model("never asked"))
    reply = maru.hear("word " * 8_000)
    assert reply.text == phrase("too_long", "en", length=40_000, limit=4_000)
    assert maru.hear("배포" * 20_000).text == phrase("too_long", "ko", length=40_000, limit=4_000)
    assert "shipit" in maru.hear("how do I roll back a deploy?").text


@pytest.mark.parametrize(
    "text",
    [
        "🚀",
        "?",
        "...",
        "\u202e",
        "<!channel>",
        "`",
        "[1]",
        "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    ],
)
def test_whatever_is_said_gets_a_reply(text: str) -> None:
    assert House(english_model("x")).hear(text).text
