"""Reads what was said out of a message's text and entities (whose offsets count UTF-16 units). Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

COMMANDS: Mapping[str, str] = {
    "ask": "Ask a question",
    "stop": "Stop what I am answering for you",
    "help": "What I can do",
    "status": "How the system is",
    "kb": "Documents: list, add, remove",
    "curate": "Answer a question like this from now on",
    "curated": "Answers that people vouch for",
    "why": "How my last answer came about",
    "bigger": "Ask a bigger model the same",
    "people": "Who may talk to me",
    "cost": "What models cost",
    "quota": "How much may be spent",
}
"""The menu that Telegram shows, and the commands that are ours in a group even without our name behind them."""

KOREAN_MENU: Mapping[str, str] = {
    "ask": "질문하기",
    "stop": "지금 답하는 것을 멈추기",
    "help": "도움말",
    "status": "시스템 상태",
    "kb": "문서: 목록, 추가, 삭제",
    "curate": "앞으로 이 질문에 이렇게 답하기",
    "curated": "사람이 정리한 답",
    "why": "마지막 답이 나온 과정",
    "bigger": "같은 것을 더 큰 모델에 묻기",
    "people": "누가 저와 이야기할 수 있는지",
    "cost": "모델 비용",
    "quota": "쓸 수 있는 금액",
}
"""The same for people whose Telegram speaks Korean."""

OURS = frozenset(COMMANDS) | {"start", "maru"}

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # a lone surrogate has no UTF-8, and Postgres stores no NUL
_COMMAND = re.compile(r"/(\w+)(?:@(\w+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command.

    name: without the slash. line: name and arguments as one command line, or for `ask` the question alone.
    bot: the username behind the @, in lower case; empty if none was written. known: it is one of ours.
    """

    name: str
    line: str
    bot: str
    known: bool


def command_in(message: Mapping[str, Any]) -> Command | None:
    """Return the command that the message opens with; `/maru status` is `status`, `/start` is `help`."""
    first = next(_spans(message, "bot_command"), None)
    if first is None or first[0] != 0:
        return None
    found = _COMMAND.fullmatch(message["text"][: first[1]])
    if not found:
        return None
    name, rest = found[1].lower(), _cleaned(message["text"][first[1] :])
    known = name in OURS
    if name == "maru":
        name, _, rest = (rest or "help").partition(" ")
        name, rest = name.lower(), rest.strip()
    if name == "start":  # what follows is a deep link's payload, not an argument
        name, rest = "help", ""
    line = rest if name == "ask" else f"{name} {rest}".strip()
    return Command(name=name, line=line, bot=(found[2] or "").lower(), known=known)


def addressed(message: Mapping[str, Any], bot_id: int, username: str) -> bool:
    """Tell whether the message mentions us."""
    return next(_mentions(message, bot_id, username), None) is not None


def said(message: Mapping[str, Any], bot_id: int, username: str) -> str:
    """Return the words without our own mention."""
    text: str = message["text"]
    for start, end in sorted(_mentions(message, bot_id, username), reverse=True):
        before, after = text[:start].rstrip(" "), text[end:].lstrip(" " if start else " ,:")
        text = f"{before}{'' if after[:1] in tuple('?!.,;:') else ' '}{after}"
    return _cleaned(text)


def _cleaned(text: str) -> str:
    return _UNSTORABLE.sub("", text).strip()


def _mentions(message: Mapping[str, Any], bot_id: int, username: str) -> Iterator[tuple[int, int]]:
    name = f"@{username}".lower()
    yield from (span for span in _spans(message, "mention") if message["text"][slice(*span)].lower() == name)
    for entity in message.get("entities", ()):
        if entity["type"] == "text_mention" and entity["user"]["id"] == bot_id:
            yield _span(message["text"], entity)


def _spans(message: Mapping[str, Any], kind: str) -> Iterator[tuple[int, int]]:
    return (_span(message["text"], entity) for entity in message.get("entities", ()) if entity["type"] == kind)


def _span(text: str, entity: Mapping[str, Any]) -> tuple[int, int]:
    """Translate an entity's UTF-16 offset and length into Python's start and end."""
    units = text.encode("utf-16-le", "surrogatepass")
    start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
    before = len(units[:start].decode("utf-16-le", "surrogatepass"))
    return before, before + len(units[start:end].decode("utf-16-le", "surrogatepass"))
