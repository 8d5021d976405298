"""The model inside `make up`, for real: what a call to it says of itself."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.domain.models import ChatMessage, ChatRequest, ModelEntry
from integrations.tgi.chat_model import TgiChatModel
from integrations.tgi.loop import ModelLoop
from tests.integrations.test_tgi_chat_model import Turn

pytestmark = pytest.mark.acceptance

REQUEST = ChatRequest((ChatMessage("user", "Say hello to the team."),), max_tokens=12)


@pytest.fixture(scope="module")
def model() -> Iterator[TgiChatModel]:
    serve = "from integrations.embedded_models.ssllm import serve; serve(port=0)"
    command = [sys.executable, "-c", serve]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    loop = ModelLoop()
    try:
        assert server.stdout is not None
        address = next(line for line in server.stdout if "listens on" in line).split()[-1]
        entry = ModelEntry("smollm2", "openai", (address,), "smollm2-135m-instruct")
        yield TgiChatModel(entry, loop)
    finally:
        loop.close()
        server.terminate()
        server.wait(10)
        server.stdout.close()


def test_it_counts_its_tokens_and_gives_one_log_probability_for_each(model: TgiChatModel) -> None:
    said = list(model.stream(replace(REQUEST, logprobs=True), Turn()))
    usage = said[-1].usage
    assert usage is not None
    assert usage.input_tokens > len(REQUEST.messages[0].content.split())
    assert 0 < usage.output_tokens <= REQUEST.max_tokens
    logprobs = [one for delta in said for one in delta.logprobs]
    assert len(logprobs) in (usage.output_tokens, usage.output_tokens - 1)  # its end is a token without text
    assert all(one <= 0 for one in logprobs)
    assert said[-1].replica == model.entry.urls[0].removeprefix("http://")


def test_asking_for_log_probabilities_changes_no_word(model: TgiChatModel) -> None:
    texts = {"".join(one.text for one in model.stream(REQUEST, Turn())) for _ in range(2)}
    texts.add("".join(one.text for one in model.stream(replace(REQUEST, logprobs=True), Turn())))
    assert len(texts) == 1
    assert texts.pop()
