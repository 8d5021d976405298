"""`POST /v1/chat/completions` under a real server and a real client: what an OpenAI client sends and gets."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.application.intake import take
from bot.domain.conversation import Platform, Utterance
from bot.domain.documents import ChunkId
from bot.domain.errors import DatabaseUnavailable
from bot.domain.events import Event, EventId, MessageReceived
from bot.domain.messages import Citation, Reply
from bot.ports.doorbell import Bell
from bot.ports.reply_feed import Final, ReplyFeed, Stage, never
from integrations.http.openai_api import LARGEST_BODY, OpenAiApi
from integrations.memory.clock import FrozenClock
from integrations.memory.database import MemoryDatabase
from integrations.memory.doorbell import CollectingDoorbell
from integrations.memory.inbox import InMemoryInbox

KEY, OTHER_KEY = "sk-first", "sk-second"
ANSWER = Reply(
    "Run `shipit rollback <service>`. It takes two minutes.\n\n- 금요일은 쉽니다. [1]\n",
    (Citation(1, "Deploys › Rolling back", "en/deploys.md", ChunkId(7), sample=True),),
)
SHOWN = f"{ANSWER.text}\n\n[1] Deploys › Rolling back — en/deploys.md (sample)"
MOST_WAITING = 4
QUESTION = {"role": "user", "content": "how do I roll back?"}


class ScriptedFeed:
    """`ReplyFeed` that tells what it was given; an exception is raised."""

    def __init__(self) -> None:
        self.script: list[Stage | Final | Exception] = [Stage("looking"), Final(ANSWER)]

    def follow(
        self, event: EventId, *, timeout_seconds: float, gone: Callable[[], bool] = never
    ) -> Iterator[Stage | Final]:
        for news in self.script:
            if isinstance(news, Exception):
                raise news
            yield news


class PatientFeed:
    """`ReplyFeed` without any news: it ends when nobody waits any more."""

    def __init__(self) -> None:
        self.begun, self.left = threading.Event(), threading.Event()

    def follow(
        self, event: EventId, *, timeout_seconds: float, gone: Callable[[], bool] = never
    ) -> Iterator[Stage | Final]:
        self.begun.set()
        patience = time.monotonic() + 20
        while not gone() and time.monotonic() < patience:
            time.sleep(0.01)
        if gone():
            self.left.set()
        yield from ()


class House:
    """The endpoint's surroundings; `failure` is what the intake fails with."""

    def __init__(self, url: str, feed: ReplyFeed | None = None) -> None:
        self.url = url
        self.database = MemoryDatabase(FrozenClock())
        self.doorbell = CollectingDoorbell()
        self.feed = feed or ScriptedFeed()
        self.failure: Exception | None = None
        self.api = OpenAiApi(
            [KEY, OTHER_KEY],
            intake=self._intake,
            feed=self.feed,
            clock=FrozenClock(),
            most_waiting=MOST_WAITING,
        )

    def _intake(self, event: Event) -> bool:
        if self.failure:
            raise self.failure
        return partial(take, inbox=InMemoryInbox(self.database), doorbell=self.doorbell)(event)

    @property
    def kept(self) -> list[MessageReceived]:
        return [row.event for row in self.database.inbox]

    def post(self, body: Any, *, key: str | None = KEY, raw: bool = False) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}".encode()} if key is not None else {}
        content = body if raw else json.dumps(body).encode()
        return httpx.post(self.url, content=content, headers=headers, timeout=10, trust_env=False)

    def ask(self, *messages: dict[str, Any], **options: Any) -> httpx.Response:
        return self.post({"model": "maru", "messages": list(messages) or [QUESTION], **options})


class Street:
    """A server whose never house changes from test to test."""

    house: House

    async def endpoint(self, request: Request) -> Response:
        return await self.house.api.endpoint(request)


@pytest.fixture(scope="module")
def street() -> Iterator[tuple[Street, str]]:
    street = Street()
    app = Starlette(routes=[Route("/v1/chat/completions", street.endpoint, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, name="api", daemon=True)
    thread.start()
    patience = time.monotonic() + 10
    while not server.started and time.monotonic() < patience:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield street, f"http://127.0.0.1:{port}/v1/chat/completions"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def house(street: tuple[Street, str]) -> House:
    house = House(street[1])
    street[0].house = house
    return house


def error(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["type"]


def events(response: httpx.Response) -> list[str]:
    return [line.removeprefix("data: ") for line in response.text.split("\n\n") if line.startswith("data: ")]


class TestWhoMayAsk:
    @pytest.mark.parametrize("key", [None, "sk-wrong", f"{KEY}x", KEY[:-1], KEY.upper(), "sk-비밀"])
    def test_without_a_known_key_nothing_is_kept(self, house: House, key: str | None) -> None:
        assert error(house.post({"messages": [QUESTION]}, key=key)) == (401, "invalid_api_key")
        assert house.kept == []

    def test_another_scheme_is_no_key(self, house: House) -> None:
        response = httpx.post(house.url, json={"messages": [QUESTION]}, headers={"Authorization": f"Basic {KEY}"})
        assert response.status_code == 401

    def test_people_are_told_apart_by_their_keys_and_keys_are_not_kept(self, house: House) -> None:
        for key in (KEY, OTHER_KEY, KEY):
            assert house.post({"messages": [QUESTION]}, key=key).status_code == 200
        first, second, third = [event.person for event in house.kept]
        assert first == third != second
        assert first.startswith("api:")
        assert KEY not in repr(house.kept)


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("body", "named"),
        [
            (b"{", ""),
            (b"", ""),
            (b"\xff\xfe", ""),
            (b"[]", ""),
            (b'{"messages": []}', "messages"),
            (b'{"messages": "hi"}', "messages"),
            (b'{"messages": [{"role": "wizard", "content": "hi"}]}', "role"),
            (b'{"messages": [{"role": "user", "content": 7}]}', "content"),
            (b'{"messages": [{"role": "assistant", "content": "hi"}]}', "messages"),
            (b'{"messages": [{"role": "user", "content": "\\ud800"}]}', ""),
        ],
    )
    def test_a_malformed_body_is_named_and_not_kept(self, house: House, body: bytes, named: str) -> None:
        response = house.post(body, raw=True)
        assert error(response) == (400, "invalid_request_error")
        assert named in response.json()["error"]["message"]
        assert house.kept == []

    def test_a_body_over_a_megabyte(self, house: House) -> None:
        large = {"messages": [{"role": "user", "content": "x" * LARGEST_BODY}]}
        assert error(house.post(large)) == (413, "request_too_large")
        assert house.kept == []

    def test_other_methods(self, house: House) -> None:
        assert httpx.get(house.url).status_code == 405


class TestOneAnswer:
    def test_the_whole_reply_with_its_sources(self, house: House) -> None:
        body = house.ask(temperature=0.2, tools=[], user="someone").json()
        (choice,) = body["choices"]
        assert choice["message"] == {"role": "assistant", "content": SHOWN}
        assert choice["finish_reason"] == "stop"
        assert (body["object"], body["model"]) == ("chat.completion", "maru")
        assert body["id"].startswith("chatcmpl-")
        assert body["created"] == 1_700_000_000
        assert body["citations"] == [
            {
                "number": 1,
                "title": "Deploys › Rolling back",
                "source": "en/deploys.md",
                "page": None,
                "age": None,
                "link": None,
                "sample": True,
            }
        ]

    def test_the_question_was_kept_and_a_worker_woken(self, house: House) -> None:
        house.ask()
        (event,) = house.kept
        assert (event.text, event.history) == ("how do I roll back?", ())
        assert (event.address.platform, event.address.direct) == (Platform.API, True)
        assert event.event_id.startswith("api:")
        assert house.doorbell.rings == {Bell.DIALOGUE: 1}

    def test_each_call_is_a_conversation_of_its_own(self, house: House) -> None:
        house.ask()
        house.ask()
        assert len({event.conversation for event in house.kept}) == 2

    def test_a_reply_without_sources_is_only_its_text(self, house: House) -> None:
        house.feed.script = [Final(Reply("Hello!"))]
        body = house.ask().json()
        assert body["choices"][0]["message"]["content"] == "Hello!"
        assert body["citations"] == []

    def test_when_no_answer_comes_in_time(self, house: House) -> None:
        house.feed.script = [Stage("looking")]
        assert error(house.ask()) == (504, "timeout")


class TestMessages:
    def test_text_parts_are_read_and_pictures_are_not(self, house: House) -> None:
        parts = [
            {"type": "text", "text": "배포는"},
            {"type": "image_url", "image_url": {"url": "http://127.0.0.1/x.png"}},
            {"type": "text", "text": "어떻게?"},
        ]
        assert house.ask({"role": "user", "content": parts}).status_code == 200
        assert house.kept[0].text == "배포는\n어떻게?"

    def test_earlier_messages_are_the_history(self, house: House) -> None:
        house.ask(
            {"role": "system", "content": "You are a pirate."},
            {"role": "user", "content": "how do I deploy?"},
            {"role": "assistant", "content": [{"type": "text", "text": "Like this."}]},
            {"role": "assistant", "content": None, "tool_calls": []},
            {"role": "tool", "content": "tool output", "tool_call_id": "1"},
            {"role": "user", "content": "and for staging?"},
        )
        (event,) = house.kept
        assert event.text == "and for staging?"
        assert event.history == (
            Utterance("person", "how do I deploy?"),
            Utterance("maru", "Like this."),
            Utterance("maru", ""),
        )

    def test_an_empty_question_is_kept_and_answered(self, house: House) -> None:
        assert house.ask({"role": "user", "content": ""}).status_code == 200
        assert house.kept[0].text == ""


class TestStream:
    def test_verified_sentences_that_join_to_the_text(self, house: House) -> None:
        response = house.ask(stream=True)
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        *chunks, done = events(response)
        assert done == "[DONE]"
        values = [json.loads(chunk) for chunk in chunks]
        assert {value["object"] for value in values} == {"chat.completion.chunk"}
        assert len({value["id"] for value in values}) == 1
        deltas = [value["choices"][0]["delta"] for value in values]
        assert deltas[0] == {"role": "assistant", "content": ""}
        assert deltas[-1] == {}
        assert [value["choices"][0]["finish_reason"] for value in values] == [None] * (len(values) - 1) + ["stop"]
        pieces = [delta["content"] for delta in deltas[1:-1]]
        assert "".join(pieces) == SHOWN
        assert len(pieces) >= 3
        assert pieces[0] == "Run `shipit rollback <service>`."

    def test_when_no_answer_comes_in_time_it_says_so(self, house: House) -> None:
        house.feed.script = []
        *chunks, done = events(house.ask(stream=True))
        said = "".join(json.loads(chunk)["choices"][0]["delta"].get("content", "") for chunk in chunks)
        assert "No answer came in time" in said
        assert done == "[DONE]"

    def test_a_database_that_goes_away_in_mid_answer(self, house: House) -> None:
        house.feed.script = [DatabaseUnavailable("The database does not answer. Your question was kept; ask again.")]
        *chunks, done = events(house.ask(stream=True))
        assert "does not answer" in "".join(chunks)
        assert done == "[DONE]"


class TestDatabaseAway:
    @pytest.mark.parametrize("stream", [False, True])
    def test_what_was_not_kept_is_said(self, house: House, stream: bool) -> None:
        house.failure = DatabaseUnavailable("The database does not answer. Nothing was changed.")
        response = house.ask(stream=stream)
        assert error(response) == (503, "server_error")
        assert "not kept" in response.json()["error"]["message"]
        house.failure = None
        assert house.ask(stream=stream).status_code == 200

    def test_while_waiting(self, house: House) -> None:
        house.feed.script = [DatabaseUnavailable("The database does not answer. Your question was kept; ask again.")]
        response = house.ask()
        assert error(response) == (503, "server_error")
        assert "kept" in response.json()["error"]["message"]


class TestWhatNobodyForesaw:
    def test_it_holds_no_place_for_ever(self, house: House) -> None:
        house.failure = ZeroDivisionError("boom")
        assert {house.ask().status_code for _ in range(MOST_WAITING + 1)} == {500}
        house.failure = None
        house.feed.script = [ZeroDivisionError("boom")]
        assert {house.ask().status_code for _ in range(MOST_WAITING + 1)} == {500}
        house.feed.script = [Final(ANSWER)]
        assert house.ask().status_code == 200


class TestHangingUp:
    @pytest.mark.parametrize("stream", [False, True])
    def test_who_hangs_up_frees_the_place_and_the_question_stays_kept(
        self, street: tuple[Street, str], stream: bool
    ) -> None:
        feed = PatientFeed()
        house = street[0].house = House(street[1], feed)
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                house.url,
                json={"messages": [QUESTION], "stream": stream},
                headers={"Authorization": f"Bearer {KEY}"},
                timeout=0.5,
                trust_env=False,
            )
        assert feed.begun.is_set()
        assert feed.left.wait(5), "the thread still waits for nobody"
        assert [event.text for event in house.kept] == [QUESTION["content"]]

    def test_who_stays_is_not_taken_for_gone(self, house: House) -> None:
        assert house.ask().status_code == 200
        assert house.ask(stream=True).status_code == 200
