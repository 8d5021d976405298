"""What a call says of itself: tokens by the server's own count, log-probabilities, and which server answered."""

import time
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.domain.errors import ModelUnavailable
from bot.domain.models import ChatDelta, ChatRequest, Usage
from integrations.tgi.call import TAIL_SECONDS
from integrations.tgi.chat_model import TgiChatModel
from integrations.tgi.loop import ModelLoop
from tests.integrations.test_tgi_chat_model import QUESTION, SCHEMA, Turn, entry_for, loop, say, tgi, until
from tests.standins.tgi import LATE_SECONDS, TgiStandIn

__all__ = ["loop", "tgi"]  # fixtures

SAID = ("The stand-in answers.", "stop")


def deltas(model: TgiChatModel, request: ChatRequest = QUESTION) -> list[ChatDelta]:
    return list(model.stream(request, Turn()))


@pytest.mark.parametrize("mode", ["ok", "usage-late", "usage-with-reason", "usage-always", "llama.cpp", "whole"])
def test_the_last_delta_has_the_servers_count_of_tokens(tgi: TgiStandIn, loop: ModelLoop, mode: Any) -> None:
    tgi.mode = mode
    *before, last = deltas(TgiChatModel(entry_for(tgi), loop))
    assert last.usage == Usage(10, 3)
    assert last.finish_reason == "stop"
    assert all(one.usage is None for one in before)
    assert "".join(one.text for one in (*before, last)) == SAID[0]


@pytest.mark.parametrize("mode", ["no-usage", "no-done", "never-ends"])
def test_an_answer_without_a_count_is_an_answer(tgi: TgiStandIn, loop: ModelLoop, mode: Any) -> None:
    tgi.mode = mode
    last = deltas(TgiChatModel(entry_for(tgi), loop))[-1]
    assert (last.finish_reason, last.usage) == ("stop", None)


@pytest.mark.parametrize(("mode", "most"), [("no-usage", TAIL_SECONDS / 2), ("never-ends", 4 * TAIL_SECONDS)])
def test_nobody_waits_for_a_count_that_does_not_come(tgi: TgiStandIn, loop: ModelLoop, mode: Any, most: float) -> None:
    model = TgiChatModel(entry_for(tgi), loop)
    say(model)
    tgi.mode = mode
    started = time.monotonic()
    assert say(model) == SAID
    assert time.monotonic() - started < most


def test_text_goes_on_before_the_count_comes(tgi: TgiStandIn, loop: ModelLoop) -> None:
    tgi.mode, tgi.token_seconds = "usage-late", LATE_SECONDS
    came = [time.monotonic() for _ in TgiChatModel(entry_for(tgi), loop).stream(QUESTION, Turn())]
    assert came[-1] - came[0] > LATE_SECONDS


def test_every_delta_names_the_server_that_answers(loop: ModelLoop) -> None:
    with TgiStandIn(mode="starting-503") as ill, TgiStandIn() as well:
        said = deltas(TgiChatModel(entry_for(ill, well), loop))
        assert {one.replica for one in said} == {urlsplit(well.url).netloc}


@pytest.mark.parametrize("token_seconds", [0.0, 0.06])
@pytest.mark.parametrize("mode", ["ok", "llama.cpp", "whole"])
def test_log_probabilities_come_one_a_token_however_they_are_bundled(
    tgi: TgiStandIn, loop: ModelLoop, mode: Any, token_seconds: float
) -> None:
    tgi.mode, tgi.token_seconds = mode, token_seconds
    said = deltas(TgiChatModel(entry_for(tgi), loop), replace(QUESTION, logprobs=True))
    logprobs = [one for delta in said for one in delta.logprobs]
    words = ["The"] if mode == "whole" else ["The", " stand-in", " answers."]
    base = -1.0 - sum(b"base") % 97 / 97
    assert logprobs == pytest.approx([base - len(word) / 1000 for word in words])
    assert tgi.seen[0].body["logprobs"] is True
    assert tgi.seen[0].body["top_logprobs"] == 1


def test_nobody_gets_log_probabilities_unasked(tgi: TgiStandIn, loop: ModelLoop) -> None:
    said = deltas(TgiChatModel(entry_for(tgi), loop))
    assert not any(one.logprobs for one in said)
    assert "logprobs" not in tgi.seen[0].body


@pytest.mark.parametrize("dialect", ["tgi", "openai"])
def test_a_stop_sequence_that_the_server_obeys_loses_no_count_and_no_log_probability(
    loop: ModelLoop, dialect: Any
) -> None:
    with TgiStandIn(mode="stops", dialect=dialect, model_id="tgi") as server:
        server.reply = lambda messages: "One answer. END And more."
        request = replace(QUESTION, stop=(" END",), logprobs=True)
        said = deltas(TgiChatModel(entry_for(server, kind=dialect), loop), request)
        assert "".join(one.text for one in said) == "One answer."
        assert said[-1].finish_reason == "stop"
        tokens = 3 if dialect == "tgi" else 2  # TGI leaves the sequence in the text
        assert said[-1].usage == Usage(10, tokens)
        assert sum(len(one.logprobs) for one in said) == tokens
        assert said[-1].replica == urlsplit(server.url).netloc


def test_a_schema_does_not_keep_the_answer_from_being_whole(tgi: TgiStandIn, loop: ModelLoop) -> None:
    tgi.mode, tgi.reply = "whole", lambda messages: '{"steps": ["하나"]}'
    said = deltas(TgiChatModel(entry_for(tgi), loop), replace(QUESTION, json_schema=SCHEMA))
    assert "".join(one.text for one in said) == '{"steps": ["하나"]}'


@pytest.mark.parametrize("mode", ["flat-sse", "error-200", "aborted"])
def test_more_failures_inside_a_success_are_unavailable(tgi: TgiStandIn, loop: ModelLoop, mode: Any) -> None:
    tgi.mode = mode
    with pytest.raises(ModelUnavailable, match="qwen"):
        say(TgiChatModel(entry_for(tgi), loop))


def test_a_server_that_heeds_no_limit_is_cut_at_the_total_deadline_and_stops(tgi: TgiStandIn, loop: ModelLoop) -> None:
    tgi.mode = "endless"
    with pytest.raises(ModelUnavailable, match="did not finish"):
        say(TgiChatModel(entry_for(tgi, total_seconds=0.4), loop), replace(QUESTION, max_tokens=2))
    assert until(lambda: tgi.cancelled == 1)
