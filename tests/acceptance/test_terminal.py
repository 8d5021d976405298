"""What a person gets in the terminal."""

import re

import pytest

from tests.acceptance import house
from tests.acceptance.house import House

pytestmark = pytest.mark.acceptance


def asked(maru: House, question: str) -> str:
    """Ask as from a shell and return what was printed."""
    done = maru.command("ask", question)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("question", "fact", "source"),
    [
        ("how do I roll back a deploy?", "shipctl rollback web --to previous", "en/deploys.md"),
        ("how fast must I acknowledge a page?", "5 minutes", "en/on-call.md"),
        ("what is the hotel limit on a work trip?", "180,000", "en/expenses.md"),
        ("배포를 롤백하려면?", "shipctl rollback web --to previous", "ko/deploys.md"),
        ("호출을 받으면 몇 분 안에 응답해야 하나요?", "5분", "ko/on-call.md"),
        ("출장 숙박비 한도는 얼마인가요?", "180,000원", "ko/expenses.md"),
    ],
)
def test_a_question_is_answered_in_its_language_from_a_cited_document(
    maru: House, question: str, fact: str, source: str
) -> None:
    said = asked(maru, question)

    assert fact in said
    assert "[1]" in said.partition("\n")[0] or "\n[1]\n" in said
    assert said.strip().splitlines()[-1].endswith(source)


@pytest.mark.parametrize(
    ("question", "honest"),
    [
        ("who won the football world cup in 1998?", "That is not in what I know"),
        ("1998년 월드컵 우승국은 어디인가요?", "제가 아는 문서에는 없는 내용"),
    ],
)
def test_what_no_document_answers_is_admitted_with_the_nearest_passages(
    maru: House, question: str, honest: str
) -> None:
    said = asked(maru, question)

    assert said.startswith(honest)
    assert [line[:3] for line in said.splitlines() if line.startswith("[")] == ["[1]", "[2]", "[3]"]


@pytest.mark.parametrize(
    ("words", "reply"),
    [("hi", "Hello!"), ("thanks!", "You're welcome!"), ("what can you do?", "I am Maru."), ("고마워요", "천만에요!")],
)
def test_small_talk_gets_a_short_reply_without_citations(maru: House, words: str, reply: str) -> None:
    said = asked(maru, words)

    assert said.startswith(reply)
    assert "[1]" not in said


def test_a_chat_over_a_pipe_knows_what_was_said_before(maru: House) -> None:
    done = maru.command("chat", input="how do I roll back a deploy?\n\nand for staging?\nexit\nnever read\n")

    assert done.returncode == 0, done.stderr
    first, second = done.stdout.split("Deploys › Rolling back a deploy — en/deploys.md")
    assert "shipctl rollback web --to previous" in first
    assert "stagectl reset web --to main" in second
    assert "Deploys › Rolling back on staging — en/deploys.md" in second


@pytest.mark.parametrize("command", [("ask", "hi"), ("chat",), ("status",), ("kb", "add", "README.md")])
def test_without_a_running_maru_commands_say_so(command: tuple[str, ...]) -> None:
    with house.new_home() as home:
        done = house.maru(*command, surroundings=house.surroundings(home), input="hi\n")

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "Maru is not running here: make up\n"


def test_the_status_shows_what_runs(maru: House) -> None:
    said = maru.command("status").stdout

    assert re.search(r"Workers\W+4 \(", said)
    assert re.search(r"smollm2-135m-instruct:? healthy", said)
    assert "0 given up" in said
    assert re.search(r"Last errors\W+none", said)


def test_the_doctor_finds_everything_well(maru: House) -> None:
    done = maru.command("doctor")

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines.pop() == "Everything is well."
    parts = "home disk database extensions migrations broker encoder models gateway workers"
    parts += " slack signing telegram webhook clock"
    assert [line.split()[:2] for line in lines] == [["ok", part] for part in parts.split()]
