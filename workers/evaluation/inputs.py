"""Reads the files of `maru eval` (README, "Evaluation"): JSON lines, BEIR's qrels, the router's CSV."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.domain.errors import DataRefused
from bot.nlu.intents import Example
from bot.tools.choosing import DECISIONS, Decision, Tool, read_tool

Row = TypeVar("Row")
Found = TypeVar("Found", bound=Sized)

LARGEST_FIELD = 10_000_000  # characters of one CSV cell; the csv module's own limit is 131,072


@dataclass(frozen=True, slots=True)
class Page:
    """A document of a corpus."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its acceptable answers. answerable: whether the corpus holds one."""

    text: str
    answers: tuple[str, ...]
    answerable: bool


@dataclass(frozen=True, slots=True)
class Outcomes:
    """A prompt, whether the weak and the strong model were right (0 to 1), and the group that folds keep together."""

    prompt: str
    weak: float
    strong: float
    group: str | None


@dataclass(frozen=True, slots=True)
class ToolItem:
    """What a person said, a message a line, the tools that were offered, and what is right. tool: None = not judged."""

    said: str
    tools: tuple[Tool, ...]
    decision: Decision
    tool: str | None


@dataclass(frozen=True, slots=True)
class Wordings:
    """A question, other ways to ask it, and questions that only look like it."""

    question: str
    same: tuple[str, ...]
    near: tuple[str, ...]


def wordings(path: Path) -> list[Wordings]:
    """Read `{"question", "same", "near"}` a line. Raises DataRefused."""
    return _lines(
        path,
        lambda row: Wordings(_text(row["question"]), tuple(map(_text, row["same"])), tuple(map(_text, row["near"]))),
    )


def labelled(path: Path) -> list[Example]:
    """Read `{"text", "intent"}` a line. Raises DataRefused."""
    return _lines(path, lambda row: Example(_text(row["text"]), _optional(row["intent"])))


def corpus(path: Path) -> list[Page]:
    """Read `{"_id", "title", "text"}` a line. Raises DataRefused."""
    return _lines(path, lambda row: Page(_name(row["_id"]), _text(row.get("title") or ""), _text(row["text"])))


def queries(path: Path) -> dict[str, str]:
    """Read `{"_id", "text"}` a line, by id. Raises DataRefused."""
    return dict(_lines(path, lambda row: (_name(row["_id"]), _text(row["text"]))))


def questions(path: Path) -> list[Question]:
    """Read `{"question", "answers", "answerable"}` a line. Raises DataRefused."""

    def question(row: dict[str, Any]) -> Question:
        answers = tuple(_text(answer) for answer in row.get("answers") or ())
        answerable = row.get("answerable", bool(answers))
        if not isinstance(answerable, bool):
            raise TypeError("answerable is neither true nor false")
        return Question(_text(row["question"]), answers, answerable)

    return _lines(path, question)


def tool_items(path: Path) -> list[ToolItem]:
    """Read `{"messages", "tools", "decision", "tool"}` a line, messages and tools as OpenAI's. Raises DataRefused."""

    def item(row: dict[str, Any]) -> ToolItem:
        if row["decision"] not in DECISIONS:
            raise ValueError(f"decision is none of {', '.join(DECISIONS)}")
        said = [_text(one["content"]) for one in row["messages"] if one["role"] == "user"]
        tools = tuple(read_tool(one["function"]) for one in row["tools"])
        return ToolItem("\n".join(said), tools, row["decision"], _optional(row.get("tool")))

    return _lines(path, item)


def qrels(path: Path) -> dict[str, dict[str, float]]:
    """Read tab-separated query-id, corpus-id, score under a header: judgements by query. Raises DataRefused."""
    judged: dict[str, dict[str, float]] = {}
    for number, line in enumerate(_read(path).splitlines()[1:], start=2):
        if not line.strip():
            continue
        try:
            query, document, score = line.split("\t")
            judged.setdefault(query, {})[document] = float(score)
        except ValueError as error:
            raise DataRefused(f"{path}, line {number}: not query-id, corpus-id and score between tabs.") from error
    return _some(judged, path)


def outcomes(path: Path) -> list[Outcomes]:
    """Read a CSV with the header `prompt,weak,strong` and optional `group`. Raises DataRefused."""
    csv.field_size_limit(LARGEST_FIELD)
    reader = csv.DictReader(io.StringIO(_read(path)))
    missing = {"prompt", "weak", "strong"} - set(reader.fieldnames or ())
    if missing:
        raise DataRefused(f"{path}: its header has no {', '.join(sorted(missing))} (prompt,weak,strong[,group]).")
    rows = []
    try:
        for row in reader:
            rows.append(Outcomes(row["prompt"], _right(row["weak"]), _right(row["strong"]), row.get("group") or None))
    except (ValueError, TypeError, AttributeError, csv.Error) as error:
        raise DataRefused(f"{path}, line {reader.line_num}: weak and strong are 1 or 0 ({error}).") from error
    return _some(rows, path)


def _right(cell: str) -> float:
    value = {"true": 1.0, "false": 0.0}.get(cell.strip().lower())
    value = float(cell) if value is None else value
    if not 0 <= value <= 1:
        raise ValueError(f"{cell!r} is not between 0 and 1")
    return value


def _lines(path: Path, row: Callable[[dict[str, Any]], Row]) -> list[Row]:
    return _some(list(_rows(path, row)), path)


def _rows(path: Path, row: Callable[[dict[str, Any]], Row]) -> Iterator[Row]:
    for number, line in enumerate(_read(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield row(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            said = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise DataRefused(f"{path}, line {number}: {said}.") from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataRefused(f"{path} is not UTF-8 text: save it as such.") from error
    except OSError as error:
        raise DataRefused(f"{path} cannot be read ({error.strerror}).") from error


def _some(found: Found, path: Path) -> Found:
    if not found:
        raise DataRefused(f"{path} is empty.")
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _name(value: object) -> str:
    return str(value)


def _optional(value: object) -> str | None:
    return None if value is None else _text(value)
