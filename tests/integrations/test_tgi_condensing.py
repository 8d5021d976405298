"""Condensed or not, a streamed answer says the same."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.tgi.condensing import GATHER_SECONDS, Condenser


def chunk(text: str | None, *, reason: str | None = None, **more: Any) -> bytes:
    delta = {"role": "assistant", "content": text}
    body = {"id": "1", "choices": [{"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}], **more}
    return b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n"


def condensed(pieces: list[bytes], clock: Iterator[float] | None = None) -> list[bytes]:
    """Return the lines that come out; by default no time passes at all."""
    condenser = Condenser(lambda: next(clock) if clock else 0.0)
    out = b"".join(map(condenser.feed, pieces)) + condenser.end()
    return [line for line in out.split(b"\n") if line]


def said(lines: list[bytes]) -> str:
    bodies = [json.loads(line[5:]) for line in lines if line.startswith(b"data: {")]
    return "".join(body["choices"][0]["delta"]["content"] or "" for body in bodies if body.get("choices"))


def choices(lines: list[bytes]) -> list[tuple[str, str | None]]:
    read = (json.loads(line[6:])["choices"][0] for line in lines)
    return [(choice["delta"]["content"], choice["finish_reason"]) for choice in read]


def test_tokens_of_the_same_moment_are_one_chunk_behind_the_first_and_end_with_the_reason() -> None:
    lines = condensed([chunk("The"), chunk(" answer"), chunk(" is 배포"), chunk(".", reason="stop")])
    assert choices(lines) == [("The", None), (" answer is 배포.", "stop")]


def test_a_reason_without_anything_before_it_passes() -> None:
    assert choices(condensed([chunk("", reason="length")])) == [("", "length")]


@pytest.mark.parametrize("end", [b"data: [DONE]\n\n", b"data:[DONE]\r\n\r\n", b"data: [DONE]"])
def test_done_ends_it_without_a_word(end: bytes) -> None:
    condenser = Condenser(lambda: 0.0)
    passed = condenser.feed(chunk("a") + chunk("b") + end) + condenser.end()
    assert condenser.done
    assert b"DONE" not in passed
    assert said(passed.split(b"\n")) == "ab"


def test_after_a_while_the_next_token_goes_on_at_once() -> None:
    times = (GATHER_SECONDS * 1.1 * step for step in range(1_000))
    assert len(condensed([chunk(word) for word in "abcd"], times)) == 4


@pytest.mark.parametrize(
    "line",
    [
        chunk("x", usage={"total_tokens": 3}),
        chunk(None),
        b'data: {"error": "overloaded", "error_type": "overloaded"}\n\n',
        b'data: {"choices": []}\n\n',
        b'data: {"choices": [1, 2]}\n\n',
        b"data: {broken\n\n",
        b"data: 7\n\n",
        b"data: \xff\n\n",
        b"event: error\n",
    ],
)
def test_whatever_is_more_than_a_token_passes_as_it_came_and_in_its_place(line: bytes) -> None:
    before, now, after = condensed([chunk("a"), chunk("b"), line, chunk("c")])[1:]
    assert now == line.strip()
    assert (said([before]), said([after])) == ("b", "c")


def token(text: str, logprob: float, *, reason: str | None = None) -> bytes:
    others = [{"token": "?", "logprob": -9.0}] * 20
    content = [{"token": text, "logprob": logprob, "top_logprobs": others}]
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason, "logprobs": {"content": content}}
    return b"data: " + json.dumps({"id": "1", "choices": [choice]}).encode() + b"\n\n"


def test_log_probabilities_stay_with_their_tokens_and_those_of_others_are_left_out() -> None:
    lines = condensed([token("The", -0.1), token(" end", -0.2), token(".", -0.3), chunk("", reason="stop")])
    assert choices(lines) == [("The", None), (" end.", "stop")]
    read = [json.loads(line[6:])["choices"][0]["logprobs"]["content"] for line in lines]
    assert [[(one["token"], one["logprob"]) for one in each] for each in read] == [
        [("The", -0.1)],
        [(" end", -0.2), (".", -0.3)],
    ]
    assert b"?" not in lines[1]


def test_log_probabilities_of_another_shape_pass_as_they_came() -> None:
    strange = chunk("x").replace(b'"logprobs": null', b'"logprobs": {"tokens": ["x"], "token_logprobs": [-1.0]}')
    assert condensed([chunk("a"), strange])[1] == strange.strip()


USAGE = b'data: {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}\n\n'


@pytest.mark.parametrize("last", [chunk("", reason="stop"), chunk("", reason="stop").replace(b'"content": ""', b"")])
def test_usage_joins_the_reason_that_came_with_it(last: bytes) -> None:
    _, end = condensed([chunk("The"), chunk(" end") + last.replace(b", }", b"}") + USAGE + b"data: [DONE]\n\n"])
    body = json.loads(end[6:])
    assert choices([end]) == [(" end", "stop")]
    assert body["usage"]["completion_tokens"] == 2


def test_a_reason_waits_for_no_usage() -> None:
    condenser = Condenser(lambda: 0.0)
    assert b"stop" in condenser.feed(chunk("a", reason="stop"))
    assert condenser.feed(USAGE) == USAGE.strip() + b"\n"


@pytest.mark.parametrize("late", [chunk("late"), chunk(None), b'data: {"error": "x"}\n\n', b"data: {broken\n\n"])
def test_what_comes_behind_a_reason_is_not_of_it(late: bytes) -> None:
    lines = condensed([chunk("a"), chunk("b", reason="stop") + late])
    assert choices(lines[:2]) == [("a", None), ("b", "stop")]
    assert len(lines) == 3


def test_comments_and_empty_lines_say_nothing() -> None:
    assert condensed([b": keep-alive\n\n", b"\r\n", chunk("a")]) == condensed([chunk("a")])


def test_a_last_line_without_an_end_is_not_lost() -> None:
    assert said(condensed([chunk("a"), chunk("b").rstrip()])) == "ab"


@settings(deadline=None)
@given(
    st.lists(st.text(max_size=5) | st.just(None), max_size=12),
    st.lists(st.integers(1, 40), min_size=1),
    st.lists(st.floats(0, 0.3), min_size=1),
)
def test_however_it_is_cut_and_timed_the_text_is_the_same(
    words: list[str | None], cuts: list[int], pauses: list[float]
) -> None:
    def clock() -> Iterator[float]:
        now = 0.0
        while True:
            for pause in pauses:
                now += pause
                yield now

    body = b"".join(map(chunk, words))
    pieces, at = [], 0
    while at < len(body):
        size = cuts[len(pieces) % len(cuts)]
        pieces.append(body[at : at + size])
        at += size
    assert said(condensed(pieces, clock())) == "".join(filter(None, words))
