"""Maru for programs: /v1 through a real OpenAI-compatible client library, health, metrics."""

import json

import httpx2
import pytest
from huggingface_hub import InferenceClient, set_client_factory
from huggingface_hub.errors import HfHubHTTPError

from tests.acceptance.conftest import KEY
from tests.acceptance.house import House

pytestmark = pytest.mark.acceptance

QUESTION = [{"role": "user", "content": "배포를 롤백하려면?"}]


class Loopback(httpx2.HTTPTransport):
    """Refuses what the vendor's client would ask its Hub on its own account."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.host != "127.0.0.1":
            raise httpx2.ConnectError(f"no way to {request.url.host}")
        return super().handle_request(request)


def client(maru: House, key: str = KEY) -> InferenceClient:
    """Return the vendor's client, pointed at Maru."""
    set_client_factory(lambda: httpx2.Client(transport=Loopback(), trust_env=False, timeout=None))
    return InferenceClient(base_url=f"{maru.url}/v1", api_key=key, timeout=60)


def test_a_completion_is_an_answer_with_its_sources(maru: House) -> None:
    with client(maru) as openai:
        done = openai.chat_completion(QUESTION, model="maru")

    said = done.choices[0].message.content or ""
    assert "shipctl rollback web --to previous" in said
    assert said.endswith("[1] 배포 › 배포 롤백하기 — ko/deploys.md")
    assert done.choices[0].finish_reason == "stop"
    assert done["citations"] == [
        {
            "number": 1,
            "title": "배포 › 배포 롤백하기",
            "source": "ko/deploys.md",
            "page": None,
            "age": None,
            "link": None,
            "sample": False,
        }
    ]


def test_a_stream_says_the_same(maru: House) -> None:
    with client(maru) as openai:
        whole = openai.chat_completion(QUESTION, model="maru").choices[0].message.content
        chunks = list(openai.chat_completion(QUESTION, model="maru", stream=True))

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_the_messages_of_a_call_are_its_history(maru: House) -> None:
    talk = [*QUESTION, {"role": "assistant", "content": "…"}, {"role": "user", "content": "스테이징은요?"}]

    with client(maru) as openai:
        said = openai.chat_completion(talk, model="maru").choices[0].message.content or ""

    assert "stagectl reset web --to main" in said


@pytest.mark.parametrize("key", ["wrong", KEY[:-1], KEY + "x"])
def test_a_wrong_key_is_refused(maru: House, key: str) -> None:
    before = maru.rows("SELECT count(*) FROM inbox WHERE person LIKE 'api:%%'")

    with client(maru, key) as openai, pytest.raises(HfHubHTTPError) as refused:
        openai.chat_completion(QUESTION, model="maru")

    assert refused.value.response.status_code == 401
    assert maru.rows("SELECT count(*) FROM inbox WHERE person LIKE 'api:%%'") == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"messages": []}', 400),
        (b'{"messages": [{"role": "assistant", "content": "x"}]}', 400),
        (json.dumps({"messages": [{"role": "user", "content": "x" * 1_100_000}]}).encode(), 413),
    ],
)
def test_bad_requests_are_refused_in_words(maru: House, body: bytes, status: int) -> None:
    answer = maru.post("/v1/chat/completions", body, headers={"authorization": f"Bearer {KEY}"})

    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_health_and_metrics(maru: House) -> None:
    assert maru.get("/healthz").json() == {"status": "alive"}
    assert maru.get("/readyz").json() == {"ready": True, "database": "ok", "broker": "ok"}
    metrics = maru.get("/metrics").text
    for line in ("maru_database_up 1.0", "maru_workers 4.0", "maru_outbox_buried 0.0"):
        assert line in metrics
    assert 'maru_model_healthy{model="smollm2-135m-instruct"} 1.0' in metrics


def test_clients_that_list_models_first_find_one(maru: House) -> None:
    url = f"{maru.url}/v1/models"
    listed = httpx2.get(url, headers={"Authorization": f"Bearer {KEY}"}).json()
    assert [model["id"] for model in listed["data"]] == ["maru"]
    assert httpx2.get(url).status_code == 401
