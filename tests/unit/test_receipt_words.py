"""A receipt in words: nothing left out, nothing made up, in both languages alike."""

from string import Formatter

import pytest

from bot.application import receipt_words
from bot.application.receipts import told
from bot.domain.conversation import Address, ConversationId, PersonId, Platform
from bot.domain.language import Language
from bot.domain.messages import ModelCall, Receipt, RungTry
from bot.ports.inbox import InboxId
from bot.ports.receipts import SettledTurn

WORDS = receipt_words._WORDS
RICH = Receipt(
    skill="question-over-data",
    tries=(
        RungTry("model", False, "samples disagree", "tiny", 1.25),
        RungTry("model", False, "not tried, for many others wait", "huge", tried=False, judged=False),
        RungTry("panel", True, "2 of 3 agree", "tiny", 12.345),
    ),
    sources=("deploys.md › Deploys", "on-call.md › On call"),
    seconds=13.7,
    score=0.834,
    tools=("clock", "sql"),
    stages=(("understand", 0.0041), ("haggle", 12.0)),
    calls=(
        ModelCall("answer", "tiny", 12_000, 30, 1.2, 0.004, 0.05, "127.0.0.1:8081"),
        ModelCall("answer", "tiny", 100, 30, 1.2, 0.001, 0.01, "127.0.0.1:8081"),
        ModelCall("dream", "huge", 5, 0, 0.1, counted=False),
    ),
)


def turn(receipt: Receipt) -> SettledTurn:
    return SettledTurn(
        InboxId(17),
        ConversationId("console:1"),
        PersonId("console:local"),
        Address(Platform.CONSOLE, direct=True),
        "how?",
        "Answer",
        receipt,
        "so",
    )


def test_everything_is_told() -> None:
    assert told(turn(RICH), "en") == (
        "**How this answer came about** (reference 17)\n"
        "- **Skill**: question-over-data (score 0.83)\n"
        "- **Tried**, in this order:\n"
        "  1. model `tiny`: not taken, samples disagree (1.25 s)\n"
        "  2. model `huge`: not tried, for many others wait\n"
        "  3. panel `tiny`: taken, 2 of 3 agree (12.3 s)\n"
        "- **Models called**: `tiny` on `127.0.0.1:8081` for the answer (2 times), `huge` for dream\n"
        "- **Sources**: deploys.md › Deploys; on-call.md › On call\n"
        "- **Tools**: clock, sql\n"
        "- **Time**: 13.7 s: understanding 0.004 s, haggle 12.0 s\n"
        "- **Tokens**: 12.1k read, 60 written (partly estimated)\n"
        "- **Money**: $0.0050 here; $0.060 for the same tokens at the reference model's list price"
    )


def test_in_korean_as_well() -> None:
    lines = told(turn(RICH), "ko").splitlines()
    assert lines[0] == "**이 답이 나온 과정** (번호 17)"
    assert lines[1] == "- **기능**: question-over-data (점수 0.83)"
    assert lines[3] == "  1. 모델 `tiny`: 채택 안 함, samples disagree (1.25초)"
    assert lines[6] == "- **부른 모델**: `tiny` @ `127.0.0.1:8081` (답 2번), `huge` (dream)"
    assert len(lines) == len(told(turn(RICH), "en").splitlines())


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_was_not_done_is_not_listed(language: Language) -> None:
    lines = told(turn(Receipt("greeting", seconds=0.0)), language).splitlines()
    assert len(lines) == 4
    assert ("none" if language == "en" else "없음") in lines[2]


@pytest.mark.parametrize("name", sorted(WORDS))
def test_english_and_korean_have_the_same_fields(name: str) -> None:
    fields = [
        {field for _, field, _, _ in Formatter().parse(WORDS[name][language]) if field} for language in WORDS[name]
    ]
    assert set(WORDS[name]) == {"en", "ko"}
    assert fields[0] == fields[1]
