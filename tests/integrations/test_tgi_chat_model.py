"""The chat model over the real huggingface_hub client, against a strict stand-in of TGI."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.breaker import FAILURES
from bot.domain.errors import Cancelled, ModelRejected, ModelUnavailable
from bot.domain.models import ChatMessage, ChatRequest, ModelEntry
from integrations.tgi.chat_model import TgiChatModel
from integrations.tgi.loop import ModelLoop
from integrations.tgi.replicas import REST_SECONDS, Replicas
from tests.standins.tgi import TgiStandIn

QUESTION = ChatRequest(messages=(ChatMessage("system", "Be short."), ChatMessage("user", "How do I roll back?")))
SCHEMA = {"type": "object", "properties": {"steps": {"type": "array"}}, "required": ["steps"]}


class Turn:
    """A Cancellation that a test stops by hand."""

    def __init__(self, seconds: float = 30.0) -> None:
        self._end = time.monotonic() + seconds
        self._flag = threading.Event()

    def stop(self) -> None:
        self._flag.set()

    def remaining(self) -> float:
        return 0.0 if self._flag.is_set() else self._end - time.monotonic()

    def cancelled(self) -> bool:
        return self.remaining() <= 0

    def check(self) -> None:
        if self.cancelled():
            raise Cancelled("the turn was stopped")


@pytest.fixture
def loop() -> Iterator[ModelLoop]:
    loop = ModelLoop()
    yield loop
    loop.close()


@pytest.fixture
def tgi() -> Iterator[TgiStandIn]:
    with TgiStandIn() as stand_in:
        yield stand_in


def entry_for(*servers: TgiStandIn, **fields: Any) -> ModelEntry:
    urls = tuple(server.url for server in servers)
    return ModelEntry(**{"name": "qwen", "kind": "tgi", "urls": urls, "served_name": "tgi", **fields})


def say(model: TgiChatModel, request: ChatRequest = QUESTION, turn: Turn | None = None) -> tuple[str, str | None]:
    deltas = list(model.stream(request, turn or Turn()))
    assert all(delta.finish_reason is None for delta in deltas[:-1])
    return "".join(delta.text for delta in deltas), deltas[-1].finish_reason


def until(true: Callable[[], bool], seconds: float = 3.0) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.005)
    return true()


def dead_url() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


# What is sent


def test_text_comes_as_it_is_and_the_last_delta_says_why_it_stopped(tgi: TgiStandIn, loop: ModelLoop) -> None:
    tgi.reply = lambda messages: "Run `deploy rollback`.\n\n한국어도 됩니다."
    assert say(TgiChatModel(entry_for(tgi), loop)) == ("Run `deploy rollback`.\n\n한국어도 됩니다.", "stop")


def test_the_request_always_streams_and_carries_nothing_that_tgi_misreads(tgi: TgiStandIn, loop: ModelLoop) -> None:
    say(TgiChatModel(entry_for(tgi), loop), replace(QUESTION, max_tokens=7, stop=("END",)))
    assert tgi.seen[0].body == {
        "model": "tgi",
        "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "How do I roll back?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 7,
        "temperature": 0.0,
        "stop": ["END"],
    }


def test_a_reply_that_fills_its_tokens_says_length(tgi: TgiStandIn, loop: ModelLoop) -> None:
    assert say(TgiChatModel(entry_for(tgi), loop), replace(QUESTION, max_tokens=2)) == ("The stand-in", "length")


def test_five_stop_sequences_are_refused_before_anything_is_sent(tgi: TgiStandIn, loop: ModelLoop) -> None:
    with pytest.raises(ModelRejected, match="at most 4"):
        say(TgiChatModel(entry_for(tgi), loop), replace(QUESTION, stop=("a", "b", "c", "d", "e")))
    assert tgi.requests == 0


def test_the_schema_is_said_in_tgis_dialect(tgi: TgiStandIn, loop: ModelLoop) -> None:
    say(TgiChatModel(entry_for(tgi), loop), replace(QUESTION, json_schema=SCHEMA))
    assert tgi.seen[0].body["response_format"] == {"type": "json_object", "value": SCHEMA}


def test_the_schema_is_said_in_openais_dialect(loop: ModelLoop) -> None:
    with TgiStandIn(dialect="openai", model_id="qwen-7b") as vllm:
        model = TgiChatModel(entry_for(vllm, kind="openai", served_name="qwen-7b"), loop)
        say(model, replace(QUESTION, json_schema=SCHEMA))
        expected = {"type": "json_schema", "json_schema": {"name": "reply", "schema": SCHEMA}}
        assert vllm.seen[0].body["response_format"] == expected


def test_an_address_with_v1_reaches_the_same_route(tgi: TgiStandIn, loop: ModelLoop) -> None:
    model = TgiChatModel(entry_for(urls=(f"{tgi.url}/v1",)), loop)
    assert say(model) == ("The stand-in answers.", "stop")
    assert model.healthy()


def test_the_entrys_key_is_sent(loop: ModelLoop) -> None:
    with TgiStandIn(api_key="s3cret") as guarded:
        assert say(TgiChatModel(entry_for(guarded, api_key="s3cret"), loop))[1] == "stop"
        with pytest.raises(ModelRejected, match="refuses the key"):
            say(TgiChatModel(entry_for(guarded), loop))


@pytest.mark.parametrize("offline", ["0", "1"])
def test_the_vendor_sends_no_ambient_token_asks_no_hub_and_obeys_no_offline_switch(
    tgi: TgiStandIn, tmp_path: Path, offline: str
) -> None:
    """In a process of its own: the vendor reads the environment when it is imported."""
    script = (
        "import sys; from tests.integrations.test_tgi_chat_model import *\n"
        "loop = ModelLoop()\n"
        "entry = ModelEntry(name='q', kind='tgi', urls=(sys.argv[1],), served_name='tgi')\n"
        "print(say(TgiChatModel(entry, loop)))\nloop.close()"
    )
    with TgiStandIn() as world:
        environment = {
            "HF_TOKEN": "hf_secret",
            "HF_HUB_OFFLINE": offline,
            "HF_ENDPOINT": world.url,
            "HTTP_PROXY": world.url,
            "http_proxy": world.url,
            "HOME": str(tmp_path),
        }
        run = [sys.executable, "-c", script, tgi.url]
        done = subprocess.run(run, env=environment, capture_output=True, text=True, timeout=60)
        assert world.server.counts.requests == 0
    assert "The stand-in answers." in done.stdout, done.stderr
    assert tgi.seen[0].headers["authorization"] == "Bearer -"


# What comes back


@pytest.mark.parametrize("mode", ["usage", "done-without-space", "no-done", "never-ends", "llama.cpp", "whole"])
def test_a_finished_answer_is_taken_however_the_stream_ends(tgi: TgiStandIn, loop: ModelLoop, mode: Any) -> None:
    tgi.mode = mode
    model = TgiChatModel(entry_for(tgi), loop)
    assert say(model) == ("The stand-in answers.", "stop")
    assert until(lambda: tgi.running == 0)


@pytest.mark.parametrize(
    "mode",
    [
        "overload-sse",
        "generation-sse",
        "overload-429",
        "failed-424",
        "incomplete-500",
        "starting-503",
        "cut",
        "closed-early",
        "drop",
        "garbage",
        "not-an-object",
        "redirect",
    ],
)
def test_what_may_pass_is_unavailable(tgi: TgiStandIn, loop: ModelLoop, mode: Any) -> None:
    tgi.mode = mode
    with pytest.raises(ModelUnavailable, match="qwen"):
        say(TgiChatModel(entry_for(tgi), loop))


@pytest.mark.parametrize("mode", ["validation-sse", "invalid-422", "invalid-422-unsized"])
def test_what_will_never_pass_is_rejected_with_the_servers_words(tgi: TgiStandIn, loop: ModelLoop, mode: Any) -> None:
    tgi.mode = mode
    with pytest.raises(ModelRejected, match=r"Input validation error|chat template"):
        say(TgiChatModel(entry_for(tgi), loop))


def test_a_prompt_that_is_too_long_is_rejected(loop: ModelLoop) -> None:
    with TgiStandIn(max_total_tokens=100) as small, pytest.raises(ModelRejected, match="must be <= 100"):
        say(TgiChatModel(entry_for(small), loop), ChatRequest((ChatMessage("user", "word " * 200),)))


def test_a_name_that_the_server_does_not_know_is_rejected(loop: ModelLoop) -> None:
    with TgiStandIn(dialect="openai") as vllm, pytest.raises(ModelRejected, match="served_name"):
        say(TgiChatModel(entry_for(vllm, kind="openai", served_name="other"), loop))


def test_a_server_that_is_not_there_is_unavailable(loop: ModelLoop) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        say(TgiChatModel(entry_for(urls=(dead_url(),)), loop))


def test_an_empty_answer_is_an_answer(tgi: TgiStandIn, loop: ModelLoop) -> None:
    tgi.mode = "empty"
    assert say(TgiChatModel(entry_for(tgi), loop)) == ("", "stop")


def test_a_stop_sequence_never_shows_and_ends_the_call(tgi: TgiStandIn, loop: ModelLoop) -> None:
    tgi.reply = lambda messages: "One answer. Question: another one that nobody asked"
    tgi.token_seconds = 0.02
    assert say(TgiChatModel(entry_for(tgi), loop), replace(QUESTION, stop=("Question:",))) == ("One answer. ", "stop")
    assert until(lambda: tgi.cancelled == 1)


def test_a_stale_pooled_connection_is_no_failure(tgi: TgiStandIn, loop: ModelLoop) -> None:
    model = TgiChatModel(entry_for(tgi), loop)
    say(model)
    tgi.server.drop_idle()
    assert say(model)[1] == "stop"
    tgi.script = ["drop"]
    assert say(model)[1] == "stop"


def test_connections_are_used_again(tgi: TgiStandIn, loop: ModelLoop) -> None:
    model = TgiChatModel(entry_for(tgi), loop)
    for _ in range(20):
        say(model)
        assert until(lambda: tgi.running == 0)
    assert tgi.server.counts.connections < 5


# Deadlines and cancelling


def test_silence_ends_at_the_first_token_deadline_although_keep_alives_arrive(tgi: TgiStandIn, loop: ModelLoop) -> None:
    tgi.mode = "stall"
    started = time.monotonic()
    with pytest.raises(ModelUnavailable, match=r"said nothing within 0\.3 s"):
        say(TgiChatModel(entry_for(tgi, first_token_seconds=0.3), loop))
    assert time.monotonic() - started < 3.0
    assert until(lambda: tgi.cancelled == 1)


def test_an_answer_that_never_ends_is_cut_at_the_total_deadline(tgi: TgiStandIn, loop: ModelLoop) -> None:
    tgi.mode = "stall-mid"
    with pytest.raises(ModelUnavailable, match="did not finish"):
        say(TgiChatModel(entry_for(tgi, total_seconds=0.4), loop))
    assert until(lambda: tgi.cancelled == 1)


def test_the_turns_own_deadline_ends_the_call(tgi: TgiStandIn, loop: ModelLoop) -> None:
    tgi.mode = "stall"
    with pytest.raises(Cancelled):
        say(TgiChatModel(entry_for(tgi), loop), turn=Turn(seconds=0.5))
    assert until(lambda: tgi.running == 0)


def test_a_stop_is_noticed_within_a_quarter_second_while_the_model_is_silent(tgi: TgiStandIn, loop: ModelLoop) -> None:
    tgi.mode = "stall"
    turn = Turn()
    stopped: list[float] = []

    def stop() -> None:
        until(lambda: tgi.running == 1)
        stopped.append(time.monotonic())
        turn.stop()

    threading.Thread(target=stop).start()
    with pytest.raises(Cancelled):
        say(TgiChatModel(entry_for(tgi), loop), turn=turn)
    assert time.monotonic() - stopped[0] < 1.0
    assert until(lambda: tgi.cancelled == 1)


def test_a_turn_that_was_stopped_before_asks_nothing(tgi: TgiStandIn, loop: ModelLoop) -> None:
    turn = Turn()
    turn.stop()
    with pytest.raises(Cancelled):
        say(TgiChatModel(entry_for(tgi), loop), turn=turn)
    assert tgi.server.counts.requests == 0


def test_closing_the_iterator_closes_the_socket(tgi: TgiStandIn, loop: ModelLoop) -> None:
    tgi.mode = "stall-mid"
    model = TgiChatModel(entry_for(tgi, max_in_flight=1), loop)
    deltas = model.stream(QUESTION, Turn())
    assert next(deltas).text.startswith("The")
    deltas.close()  # type: ignore[attr-defined]
    assert until(lambda: tgi.cancelled == 1)
    tgi.mode = "ok"
    assert say(model)[1] == "stop"  # and its place is free again


def test_closing_the_loop_ends_calls_in_words(tgi: TgiStandIn) -> None:
    loop = ModelLoop()
    tgi.mode = "stall"
    threading.Thread(target=lambda: (until(lambda: tgi.running == 1), loop.close())).start()
    with pytest.raises(ModelUnavailable, match="stopping"):
        say(TgiChatModel(entry_for(tgi), loop))
    assert until(lambda: tgi.cancelled == 1)


# Several calls, several servers


def test_more_calls_than_the_vendors_hundred_connections_run_at_once(tgi: TgiStandIn, loop: ModelLoop) -> None:
    tgi.first_token_seconds = 1.0
    tgi.max_concurrent_requests = 200
    model = TgiChatModel(entry_for(tgi, max_in_flight=130), loop)
    threads = [threading.Thread(target=say, args=(model,)) for _ in range(130)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tgi.peak == 130


def test_a_call_without_a_place_waits_and_then_says_so(tgi: TgiStandIn, loop: ModelLoop) -> None:
    model = TgiChatModel(entry_for(tgi, max_in_flight=1, first_token_seconds=0.3), loop)
    tgi.script = ["stall-mid"]
    first = model.stream(QUESTION, Turn())
    next(first)
    with pytest.raises(ModelUnavailable, match=r"within 0\.3 s"):
        say(model)
    first.close()  # type: ignore[attr-defined]
    assert say(model)[1] == "stop"


def test_calls_go_to_the_server_with_the_least_in_flight(loop: ModelLoop) -> None:
    with TgiStandIn() as one, TgiStandIn() as two:
        model = TgiChatModel(entry_for(one, two), loop)
        for _ in range(4):
            say(model)
        assert (one.requests, two.requests) == (2, 2)
        one.mode = two.mode = "stall-mid"
        held = model.stream(QUESTION, Turn())
        next(held)
        busy, idle = (one, two) if one.requests == 3 else (two, one)
        idle.mode = "ok"
        say(model)
        say(model)
        assert (busy.requests, idle.requests) == (3, 4)
        held.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("mode", ["overload-sse", "starting-503", "drop", "redirect"])
def test_another_server_is_tried_while_nothing_was_said(loop: ModelLoop, mode: Any) -> None:
    with TgiStandIn(mode=mode) as ill, TgiStandIn(reply=lambda messages: "I am well.") as well:
        model = TgiChatModel(entry_for(ill, well), loop)
        assert say(model) == ("I am well.", "stop")
        asked = ill.requests
        assert say(model) == ("I am well.", "stop")
        assert ill.requests == asked  # the ill one rests


def test_no_other_server_is_tried_once_something_was_said(loop: ModelLoop) -> None:
    with TgiStandIn(mode="cut") as ill, TgiStandIn() as well:
        with pytest.raises(ModelUnavailable):
            say(TgiChatModel(entry_for(ill, well), loop))
        assert well.requests == 0


def test_a_refused_request_is_not_carried_to_the_next_server(loop: ModelLoop) -> None:
    with TgiStandIn(mode="invalid-422") as one, TgiStandIn() as two:
        with pytest.raises(ModelRejected):
            say(TgiChatModel(entry_for(one, two), loop))
        assert two.requests == 0


# A server that says nothing


def seconds_until_refused(model: TgiChatModel) -> float:
    started = time.monotonic()
    with pytest.raises(ModelUnavailable):
        say(model)
    return time.monotonic() - started


def test_a_server_that_says_nothing_again_and_again_costs_no_turn_its_time(tgi: TgiStandIn, loop: ModelLoop) -> None:
    model = TgiChatModel(entry_for(tgi, first_token_seconds=0.2), loop)
    tgi.mode = "stall"
    for _ in range(FAILURES):
        assert seconds_until_refused(model) > 0.15
    tgi.mode = "ok"
    with pytest.raises(ModelUnavailable, match="asked anew"):
        say(model)
    assert seconds_until_refused(model) < 0.1
    assert tgi.requests == FAILURES


@pytest.mark.parametrize("mode", ["cut", "stall-mid"])
def test_who_breaks_off_in_mid_answer_speaks(tgi: TgiStandIn, loop: ModelLoop, mode: Any) -> None:
    model = TgiChatModel(entry_for(tgi, total_seconds=0.3), loop)
    tgi.script = [mode] * (FAILURES + 1)
    for _ in range(FAILURES + 1):
        with pytest.raises(ModelUnavailable):
            say(model)
    assert say(model)[1] == "stop"


def test_slow_answers_between_others_are_no_outage(tgi: TgiStandIn, loop: ModelLoop) -> None:
    model = TgiChatModel(entry_for(tgi, first_token_seconds=0.2), loop)
    for _ in range(FAILURES):
        tgi.script = ["stall"]
        assert seconds_until_refused(model) > 0.15
        assert say(model)[1] == "stop"


def test_a_wait_for_a_place_is_no_fault_of_the_servers(tgi: TgiStandIn, loop: ModelLoop) -> None:
    model = TgiChatModel(entry_for(tgi, max_in_flight=1, first_token_seconds=0.2), loop)
    for _ in range(FAILURES):
        tgi.script = ["stall-mid", "stall"]
        held = model.stream(QUESTION, Turn())
        next(held)
        with ThreadPoolExecutor(1) as waiter:
            late = waiter.submit(seconds_until_refused, model)
            time.sleep(0.15)
            held.close()  # type: ignore[attr-defined]
            assert late.result() < 0.3
    assert tgi.requests == 2 * FAILURES
    assert say(model)[1] == "stop"


def test_after_a_rest_one_call_tries_and_the_server_is_back_with_its_first_token() -> None:
    now = 0.0
    replicas = Replicas(("http://ill", "http://well"), monotonic=lambda: now)
    for _ in range(FAILURES):
        with pytest.raises(ModelUnavailable), replicas.judged("http://ill", fair=True):
            raise ModelUnavailable("said nothing")
    assert replicas.order() == ("http://well",)
    now += REST_SECONDS
    with replicas.judged("http://ill", fair=True):
        assert replicas.order() == ("http://well",), "one call tries it"
    assert set(replicas.order()) == {"http://ill", "http://well"}


# Health


def test_health_needs_one_server_that_answers(tgi: TgiStandIn, loop: ModelLoop) -> None:
    model = TgiChatModel(entry_for(urls=(dead_url(), tgi.url)), loop)
    assert model.healthy()
    tgi.healthy = False
    assert not model.healthy()
    assert "HTTP 503" in (model.trouble() or "")


def test_health_gives_up_within_a_second(loop: ModelLoop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        model = TgiChatModel(entry_for(urls=(f"http://127.0.0.1:{silent.getsockname()[1]}",)), loop)
        started = time.monotonic()
        assert not model.healthy()
        assert time.monotonic() - started < 3.0


def test_an_adapter_that_the_server_lacks_makes_it_unhealthy(loop: ModelLoop) -> None:
    with TgiStandIn(adapters=("sql-lora",)) as tgi:
        assert TgiChatModel(entry_for(tgi, served_name="sql-lora"), loop).healthy()
        assert TgiChatModel(entry_for(tgi, served_name="stand-in/small-7b"), loop).healthy()
        missing = TgiChatModel(entry_for(tgi, served_name="sql-lora-v2"), loop)
        assert not missing.healthy()
        assert "no such adapter" in (missing.trouble() or "")


def test_an_adapter_is_proven_once(loop: ModelLoop) -> None:
    with TgiStandIn(adapters=("sql-lora",)) as tgi:
        model = TgiChatModel(entry_for(tgi, served_name="sql-lora"), loop)
        assert model.healthy()
        assert model.healthy()
        assert tgi.requests == 2


def test_an_openai_server_without_a_health_route_is_asked_for_its_models(loop: ModelLoop) -> None:
    with TgiStandIn(dialect="openai", health_route=False) as hosted:
        assert TgiChatModel(entry_for(hosted, kind="openai"), loop).healthy()
        assert not TgiChatModel(entry_for(hosted, kind="tgi"), loop).healthy()
