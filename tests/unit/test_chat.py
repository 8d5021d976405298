"""The prompt: what fails for one line does not end the conversation."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console as Screen

from bot.domain.conversation import ConversationId
from bot.domain.errors import DatabaseUnavailable
from bot.domain.events import Event, EventId
from bot.domain.messages import Button, Reply
from bot.ports.reply_feed import Final
from integrations.memory.clock import FrozenClock
from integrations.memory.doorbell import CollectingDoorbell
from integrations.memory.library import InMemoryLibrary
from integrations.memory.people import InMemoryAuditLog
from integrations.memory.sources import InMemorySourceBook
from workers.bootstrap.console import Console
from workers.chat import FAILED, chosen, converse


class Unsteady:
    """Intake and feed of a house whose database is away for the question `away`."""

    def __call__(self, event: Event) -> bool:
        if event.text == "away":
            raise DatabaseUnavailable("The database does not answer.")
        return True

    def follow(self, event: EventId, *, timeout_seconds: float) -> Iterator[Final]:
        yield Final(Reply("an answer"))


@pytest.mark.parametrize(
    ("lines", "code", "answers"),
    [(["away", "hello"], 0, 1), (["hello", "away"], FAILED, 1), (["away", "exit", "hello"], FAILED, 0)],
)
def test_a_line_that_fails_is_said_and_the_next_is_answered(
    lines: list[str], code: int, answers: int, capsys: pytest.CaptureFixture[str]
) -> None:
    house = Unsteady()
    console = Console(
        intake=house,
        feed=house,
        doorbell=CollectingDoorbell(),
        library=InMemoryLibrary(),
        audit=InMemoryAuditLog(),
        book=InMemorySourceBook(InMemoryLibrary(), FrozenClock()),
    )
    assert converse(console, ConversationId("console:1"), lines, screen=Screen(), home=Path()) == code
    printed = capsys.readouterr()
    assert printed.out.splitlines() == ["an answer"] * answers
    assert "The database does not answer." in printed.err


CHOICES = (Button("Ask the bigger model", "/bigger 7"), Button("네", "네, 스테이징이요"))


class Offering:
    """Intake and feed of a house that offers two choices under its first answer."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def __call__(self, event: Event) -> bool:
        self.heard.append((event.kind, event.text))
        return True

    def follow(self, event: EventId, *, timeout_seconds: float) -> Iterator[Final]:
        yield Final(Reply("an answer", buttons=CHOICES if len(self.heard) == 1 else ()))


def test_what_is_offered_is_listed_and_chosen_by_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    house = Offering()
    console = Console(
        intake=house,
        feed=house,
        doorbell=CollectingDoorbell(),
        library=InMemoryLibrary(),
        audit=InMemoryAuditLog(),
        book=InMemorySourceBook(InMemoryLibrary(), FrozenClock()),
    )
    assert converse(console, ConversationId("console:1"), ["hello", "1", "1"], screen=Screen(), home=Path()) == 0
    assert capsys.readouterr().out.splitlines() == [
        "an answer",
        "1) Ask the bigger model",
        "2) 네",
        "an answer",
        "an answer",
    ]
    assert house.heard == [("message", "hello"), ("command", "bigger 7"), ("message", "1")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1", "/bigger 7"),
        ("2", "네, 스테이징이요"),
        ("0", "0"),
        ("3", "3"),
        ("-1", "-1"),
        ("٢", "٢"),
        ("9" * 5_000, "9" * 5_000),
    ],
)
def test_only_a_number_of_the_list_chooses(line: str, said: str) -> None:
    assert chosen(line, CHOICES) == said
