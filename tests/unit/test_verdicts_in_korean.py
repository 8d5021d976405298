"""Every verdict that the code can record is read in Korean by who reads Korean."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot
from bot.ensemble.verifiers.cited import NOT_BACKED
from bot.generation.verdicts import verdict_in

NAMED = {"Verdict": 1, "RungTry": 2}
"""Which argument says why."""


def texts(node: ast.expr) -> Iterator[str]:
    """Yield what an argument can be, with 7 for every field; nothing where it is a variable."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from texts(node.body)
            yield from texts(node.orelse)
        case ast.JoinedStr():
            parts = [str(one.value) if isinstance(one, ast.Constant) else "7" for one in node.values]
            if len(parts) > 1:
                yield "".join(parts)


def recorded() -> list[str]:
    found = []
    for path in sorted(Path(next(iter(bot.__path__))).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if name in NAMED and isinstance(node, ast.Call) and len(node.args) > NAMED[name]:
                found += texts(node.args[NAMED[name]])
    return found


@pytest.mark.parametrize("why", sorted({*recorded(), NOT_BACKED} - {"in 7", "not in 7"}))
def test_it_has_korean_words(why: str) -> None:
    assert verdict_in("en", why) == why
    korean = verdict_in("ko", why)
    assert korean != why and any("가" <= character <= "힣" for character in korean)


def test_the_scan_finds_them() -> None:
    assert len(set(recorded())) > 40


@pytest.mark.parametrize(
    ("why", "korean"),
    [
        ("in Korean; no repetition; clean text", "한국어로 씀; 되풀이 없음; 깨끗한 글"),
        (
            "2 of 5 drafts say the same; 3 of 5 drafts asked for",
            "초안 5개 중 2개가 같은 말을 함; 초안 5개 중 3개를 요청함",
        ),
        ("what was merged does not pass: the draft is empty", "합친 글이 통과하지 못함: 초안이 비어 있음"),
        ("the query does not run: no; column", "쿼리가 실행되지 않음: no; column"),
        ("http://gpu:8080 answered 502", "http://gpu:8080 answered 502"),
        (
            "not tried, for such drafts of it are accepted in 12% of cases",
            "시도 안 함: 이런 초안은 12%만 통과함",
        ),
    ],
)
def test_parts_and_fields_keep_their_places(why: str, korean: str) -> None:
    assert verdict_in("ko", why) == korean
