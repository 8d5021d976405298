"""Which tool a message asks for, and what of it is not said: any tools, in both languages."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.domain.documents import Vector
from bot.domain.errors import DataRefused
from bot.tools.choosing import Choice, choose, lacking, read_tool
from integrations.memory.models import WordAnalyser
from tests.bench.evaluation import write_lines
from workers.evaluation.inputs import tool_items
from workers.evaluation.tools import figures

BOOK = {
    "name": "book_train",
    "description": "기차표를 예매한다.",
    "parameters": {
        "properties": {
            "origin": {"type": "string", "description": "출발역"},
            "destination": {"type": "string", "description": "도착역"},
            "date": {"type": "string", "description": "출발 날짜"},
            "seats": {"type": "integer", "description": "좌석 수"},
            "window": {"type": "boolean", "description": "창가"},
            "note": {"type": "string", "description": "남길 말"},
        },
        "required": ["origin", "destination", "date", "seats", "window"],
    },
}
ROOM = {
    "name": "book_room",
    "description": "Books a meeting room.",
    "parameters": {
        "properties": {
            "room": {"type": "string", "description": "name of the room"},
            "date": {"type": "string", "description": "day of the booking"},
            "startTime": {"type": "string", "description": "when it starts"},
        },
        "required": ["room", "date", "startTime"],
    },
}
MAIL = {
    "name": "mail",
    "description": "Sends an e-mail.",
    "parameters": {
        "properties": {"to": {"type": "string", "description": "e-mail address"}, "body": {"type": "string"}},
        "required": ["to", "body"],
    },
}


@pytest.mark.parametrize(
    ("tool", "text", "missing"),
    [
        (BOOK, "12월 3일에 서울에서 부산으로 가는 기차표 두 장 예매해 줘", ()),
        (BOOK, "기차표 예매해 줘", ("origin", "destination", "date", "seats")),
        (BOOK, "내일 기차표 예매해 줘", ("origin", "destination", "seats")),
        (BOOK, "기차표 예매해 줘\n서울에서 부산으로요\n내일 2장", ()),
        (ROOM, "book the Aurora room tomorrow at 3pm", ()),
        (ROOM, "please book a room", ("room", "date", "startTime")),
        (ROOM, "book the Aurora room at 10:00", ("date",)),
        (MAIL, "send an e-mail to jo@example.com: 'the build is red again'", ()),
        (MAIL, "send an e-mail to jo@example.com", ("body",)),
        (MAIL, "send an e-mail", ("to", "body")),
    ],
)
def test_what_is_not_said_is_missing(tool: dict[str, object], text: str, missing: tuple[str, ...]) -> None:
    assert lacking(text, read_tool(tool), analyser=WordAnalyser()) == missing


class Sketch:
    """`Embedder` by which of three words a text has."""

    model, dimensions = "sketch", 3

    def embed(self, texts: Sequence[str], *, kind: str) -> list[Vector]:
        return [tuple(float(word in text.lower()) for word in ("room", "mail", "기차")) for text in texts]


def asked(text: str, *tools: dict[str, object]) -> Choice:
    return choose(text, [read_tool(one) for one in tools], embedder=Sketch(), analyser=WordAnalyser())


def test_a_fitting_tool_is_called_asked_about_or_refused() -> None:
    done = asked("book the Aurora room tomorrow at 3pm", ROOM, MAIL, BOOK)
    assert (done.decision, done.tool, done.missing) == ("call", "book_room", ())
    open_ = asked("book me a room", MAIL, ROOM)
    assert (open_.decision, open_.tool, open_.missing) == ("ask", "book_room", ("room", "date", "startTime"))
    none = asked("water the plants", ROOM, MAIL)
    assert (none.decision, none.tool) == ("refuse", None)


def test_a_tool_that_is_offered_alone_fits_or_does_not() -> None:
    assert asked("a room please", ROOM).decision == "ask"
    assert asked("water the plants", ROOM).decision == "refuse"
    assert asked("water the plants").decision == "refuse"


def test_items_are_read_and_judged(tmp_path: Path) -> None:
    rows = [
        {
            "messages": [{"role": "user", "content": said}],
            "tools": [{"function": ROOM}],
            "decision": right,
            "tool": name,
        }
        for said, right, name in (("a room", "ask", None), ("room Aurora", "call", "book_room"), ("x", "refuse", None))
    ]
    items = tool_items(write_lines(tmp_path / "items", rows))
    chosen = [Choice("ask", "book_room", (), 1.0), Choice("call", "mail", (), 1.0), Choice("call", "mail", (), 1.0)]
    assert figures(items, chosen) == {
        "accuracy": 0.6667,
        "accuracy_by_kind": 0.6667,
        "call": 1.0,
        "ask": 1.0,
        "refuse": 0.0,
        "tool": 0.0,
    }


@pytest.mark.parametrize(
    "row",
    [
        {"messages": []},
        {"messages": [], "tools": [{}], "decision": "ask"},
        {"messages": [], "tools": [], "decision": "x"},
    ],
)
def test_an_item_that_is_none_is_refused_with_its_line(row: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(DataRefused, match="line 1"):
        tool_items(write_lines(tmp_path / "items", [row]))
