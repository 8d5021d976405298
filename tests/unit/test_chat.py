"""The prompt: what fails for one line does not end the conversation."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console as Screen

from bot.domain.conversation import ConversationId
from bot.domain.errors import DatabaseUnavailable
from bot.domain.events import Event, EventId
from bot.domain.messages import Reply
from bot.ports.reply_feed import Final
from integrations.memory.doorbell import CollectingDoorbell
from integrations.memory.library import InMemoryLibrary
from integrations.memory.people import InMemoryAuditLog
from workers.bootstrap.console import Console
from workers.chat import FAILED, converse


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
    )
    assert converse(console, ConversationId("console:1"), lines, screen=Screen(), home=Path()) == code
    printed = capsys.readouterr()
    assert printed.out.splitlines() == ["an answer"] * answers
    assert "The database does not answer." in printed.err
