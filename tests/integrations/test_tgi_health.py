"""What the background looks find decides whom a turn asks: no turn waits for a server that is known to be down."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bot.domain.errors import ModelDown
from bot.domain.models import ModelEntry, ModelLoad
from integrations.tgi.chat_model import TgiChatModel
from integrations.tgi.health import KNOWN_SECONDS, PROVEN_SECONDS, STRIKES, HealthCheck
from integrations.tgi.loop import ModelLoop
from tests.integrations.test_tgi_chat_model import QUESTION, Turn, dead_url, entry_for, loop, say, tgi
from tests.standins.tgi import TgiStandIn

__all__ = ["loop", "tgi"]  # fixtures


class Time:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_server_that_is_down_costs_a_turn_nothing(loop: ModelLoop, silent: str) -> None:
    model = TgiChatModel(entry_for(urls=(silent,), first_token_seconds=5.0), loop)
    for _ in range(STRIKES):
        assert model.trouble()
    started = time.monotonic()
    with pytest.raises(ModelDown, match="no answer within 1 s"):
        say(model)
    assert time.monotonic() - started < 0.2


def test_nobody_waits_for_a_place_at_a_model_that_is_down(tgi: TgiStandIn, loop: ModelLoop) -> None:
    model = TgiChatModel(entry_for(tgi, max_in_flight=1, first_token_seconds=20.0), loop)
    tgi.mode = "stall-mid"
    held: Any = model.stream(QUESTION, Turn())
    next(held)
    tgi.healthy = False
    assert model.trouble()
    started = time.monotonic()
    with pytest.raises(ModelDown, match="HTTP 503"):
        say(model)
    assert time.monotonic() - started < 0.2
    held.close()


def test_one_look_without_an_answer_in_time_is_no_outage(loop: ModelLoop, silent: str) -> None:
    health = HealthCheck(entry_for(urls=(silent,)), loop)
    assert health.trouble()
    assert health.known(silent) is None
    assert health.trouble()
    assert health.known(silent)


def test_the_servers_that_are_up_are_asked(tgi: TgiStandIn, loop: ModelLoop) -> None:
    with TgiStandIn() as ill:
        ill.healthy = False
        model = TgiChatModel(entry_for(ill, tgi), loop)
        assert model.trouble() is None
        for _ in range(3):
            assert say(model)[1] == "stop"
        assert ill.requests == 0
        ill.healthy = True
        assert model.trouble() is None
        say(model)
        assert ill.requests == 1


def test_a_server_without_a_health_route_is_asked_all_the_same(loop: ModelLoop) -> None:
    with TgiStandIn(health_route=False) as bare:
        model = TgiChatModel(entry_for(bare), loop)
        assert "HTTP 404" in (model.trouble() or "")
        assert say(model)[1] == "stop"


def test_what_a_look_found_is_forgotten_where_nobody_looks_again(loop: ModelLoop) -> None:
    now, url = Time(), dead_url()
    health = HealthCheck(entry_for(urls=(url,)), loop, monotonic=now)
    health.trouble()
    assert health.known(url)
    now.now += KNOWN_SECONDS
    assert health.known(url) is None


def test_who_speaks_is_up(loop: ModelLoop) -> None:
    url = dead_url()
    health = HealthCheck(entry_for(urls=(url,)), loop)
    health.trouble()
    health.spoke(url)
    assert health.known(url) is None


# Adapters


def test_no_turn_is_ever_answered_by_the_base_model_in_an_adapters_name(loop: ModelLoop) -> None:
    with TgiStandIn(adapters=()) as tgi:
        model = TgiChatModel(entry_for(tgi, served_name="sql-lora"), loop)
        with pytest.raises(ModelDown, match="not yet proven"):
            say(model)
        model.trouble()
        looks = tgi.requests
        with pytest.raises(ModelDown, match="no such adapter"):
            say(model)
        assert tgi.requests == looks
        tgi.adapters = ("sql-lora",)  # started anew, with it
        assert model.trouble() is None
        assert say(model)[1] == "stop"
        assert tgi.seen[-1].body["model"] == "sql-lora"


def test_only_the_replicas_that_have_the_adapter_are_asked(loop: ModelLoop) -> None:
    with TgiStandIn(adapters=("sql-lora",)) as with_it, TgiStandIn() as without:
        model = TgiChatModel(entry_for(without, with_it, served_name="sql-lora"), loop)
        assert model.trouble() is None
        before = without.requests
        for _ in range(3):
            say(model)
        assert without.requests == before


def test_an_adapter_that_a_restart_lost_is_missed(loop: ModelLoop) -> None:
    now = Time()
    with TgiStandIn(adapters=("sql-lora",)) as tgi:
        health = HealthCheck(entry_for(tgi, served_name="sql-lora"), loop, monotonic=now)
        assert health.trouble() is None
        tgi.healthy = False  # while it starts
        health.trouble()
        tgi.healthy, tgi.adapters = True, ()
        assert "no such adapter" in (health.trouble() or "")
        assert health.known(tgi.url)


def test_an_adapter_is_proven_anew_after_a_while_and_a_busy_server_keeps_its_name(loop: ModelLoop) -> None:
    now = Time()
    with TgiStandIn(adapters=("sql-lora",)) as tgi:
        health = HealthCheck(entry_for(tgi, served_name="sql-lora"), loop, monotonic=now)
        assert health.trouble() is None
        now.now += PROVEN_SECONDS
        tgi.mode = "overload-429"
        assert health.trouble() is None
        assert health.known(tgi.url) is None
        tgi.mode, tgi.adapters = "ok", ()
        assert "no such adapter" in (health.trouble() or "")


# Load


def test_load_is_what_runs_and_what_waits(tgi: TgiStandIn, loop: ModelLoop) -> None:
    model = TgiChatModel(entry_for(tgi, max_in_flight=1, first_token_seconds=0.3), loop)
    assert model.load() == ModelLoad(0, 0)
    tgi.mode = "stall-mid"
    held: Any = model.stream(QUESTION, Turn())
    next(held)
    assert model.load() == ModelLoad(1, 0)
    held.close()
    assert model.load() == ModelLoad(0, 0)


def test_an_entry_of_kind_openai_needs_no_proof(loop: ModelLoop) -> None:
    with TgiStandIn(dialect="openai", model_id="sql-lora") as vllm:
        entry: ModelEntry = entry_for(vllm, kind="openai", served_name="sql-lora")
        assert say(TgiChatModel(entry, loop))[1] == "stop"  # vLLM itself refuses a name that it does not know
