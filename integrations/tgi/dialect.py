"""How one ChatRequest is said to TGI and to OpenAI-compatible servers, and how their chunks are read. Pure."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from huggingface_hub import ChatCompletionStreamOutput

from bot.domain.errors import ModelRejected, ModelUnavailable
from bot.domain.models import ChatDelta, ChatRequest, ModelEntry, Usage

MOST_STOPS = 4

FEWEST_ALTERNATIVES = 1
"""Asked for beside each token's log-probability: llama.cpp's server sends twenty where nobody says how many."""

_REASONS: Mapping[str, str] = {"stop_sequence": "stop", "eos_token": "stop", "end_turn": "stop", "max_tokens": "length"}
_BROKEN_OFF = frozenset({"abort", "error"})


def chat_arguments(entry: ModelEntry, request: ChatRequest) -> dict[str, Any]:
    """Return the arguments of `chat_completion`, always streaming: without it a server generates on after we hang up.

    The count of tokens is asked for with every call: TGI, vLLM and llama.cpp's server say it behind the last chunk.
    Left out on purpose: presence_penalty (TGI makes it a repetition penalty of p + 2), top_p (TGI refuses 1.0), n.
    Raises ModelRejected for more than four stop sequences.
    """
    if len(request.stop) > MOST_STOPS:
        asked = len(request.stop)
        raise ModelRejected(f"{asked} stop sequences were asked of {entry.name}: servers take at most {MOST_STOPS}.")
    arguments: dict[str, Any] = {
        "model": entry.served_name,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
    }
    if request.stop:
        arguments["stop"] = list(request.stop)
    if request.logprobs:
        arguments |= {"logprobs": True, "top_logprobs": FEWEST_ALTERNATIVES}
    if request.json_schema is not None:
        arguments["response_format"] = _grammar(entry, request.json_schema)
    return arguments


def _grammar(entry: ModelEntry, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema so that it leaves the vendor's client in the server's dialect.

    tgi: the client turns `json_schema` into TGI's `{"type": "json_object", "value": …}`.
    openai: under another type it leaves the schema alone, and connections._Client puts the right type back.
    """
    shape = {"name": "reply", "schema": dict(schema)}
    return {"type": "json_schema" if entry.kind == "tgi" else "json_object", "json_schema": shape}


def delta_of(chunk: ChatCompletionStreamOutput, name: str) -> ChatDelta | None:
    """Return what a chunk says, None where it says nothing (a role). Missing fields are None in the vendor's types.

    Raises ModelUnavailable where the server says that it broke off.
    """
    usage = _usage(chunk)
    if not chunk.choices:
        return ChatDelta("", usage=usage) if usage else None
    choice = chunk.choices[0]
    text = (choice.delta.content if choice.delta else None) or ""
    reason = choice.finish_reason
    if reason in _BROKEN_OFF:
        raise ModelUnavailable(f"The server of {name} broke off its answer ({reason}). Ask again.")
    tokens = (choice.logprobs.content if choice.logprobs else None) or ()
    logprobs = tuple(float(one.logprob) for one in tokens if one.logprob is not None)
    if not (text or reason or usage or logprobs):
        return None
    return ChatDelta(text, _REASONS.get(reason, reason) if reason else None, logprobs, usage)


def _usage(chunk: ChatCompletionStreamOutput) -> Usage | None:
    counts = chunk.usage
    if counts is None or not (_whole(counts.prompt_tokens) and _whole(counts.completion_tokens)):
        return None
    return Usage(counts.prompt_tokens, counts.completion_tokens)


def _whole(count: object) -> TypeGuard[int]:
    return isinstance(count, int) and count >= 0
