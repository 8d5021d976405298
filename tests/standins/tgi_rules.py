"""What TGI and OpenAI-compatible servers refuse of a chat request, as in TGI's openapi.json and its behaviour."""

import json
from collections.abc import Mapping
from typing import Any

from tests.standins.loopback import Exchange

_NUMBER = (int, float)
_FIELDS: Mapping[str, tuple[type, ...]] = {
    "model": (str,),
    "messages": (list,),
    "stream": (bool,),
    "stream_options": (dict,),
    "max_tokens": (int,),
    "temperature": _NUMBER,
    "top_p": _NUMBER,
    "frequency_penalty": _NUMBER,
    "stop": (list,),
    "seed": (int,),
    "logprobs": (bool,),
    "top_logprobs": (int,),
    "response_format": (dict,),
    "tools": (list,),
    "tool_choice": (str, dict),
    "tool_prompt": (str,),
}
_GRAMMARS = {"tgi": ("json", "json_object", "regex", "json_schema"), "openai": ("json_object", "json_schema", "text")}


def unreadable(exchange: Exchange, dialect: str) -> tuple[int, str] | None:
    """Return status and plain text where the body cannot be read into a ChatRequest (axum's own refusals)."""
    if not exchange.headers.get("content-type", "").startswith("application/json"):
        return 415, "Expected request with `Content-Type: application/json`"
    try:
        body = json.loads(exchange.body)
    except ValueError as error:
        return 400, f"Failed to parse the request body as JSON: {error}"
    problem = _shape_problem(body, dialect)
    if problem is None:
        return None
    return 422, f"Failed to deserialize the JSON body into the target type: {problem}"


def _shape_problem(body: Any, dialect: str) -> str | None:
    if not isinstance(body, dict) or "messages" not in body:
        return "missing field `messages`"
    for name, value in body.items():
        if name not in _FIELDS:
            return f"{name}: this stand-in refuses it: TGI would ignore it or turn it into something else"
        allowed = _FIELDS[name]
        if value is None or not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            return f"{name}: invalid type or null"
    for message in body["messages"]:
        if not isinstance(message, dict) or not {"role", "content"} <= message.keys():
            return "messages: missing field `role` or `content`"
    return _grammar_problem(body.get("response_format"), dialect)


def _grammar_problem(grammar: dict[str, Any] | None, dialect: str) -> str | None:
    if grammar is None:
        return None
    kind = grammar.get("type")
    if kind not in _GRAMMARS[dialect]:
        return f"response_format: unknown variant `{kind}`"
    if dialect == "tgi" and set(grammar) != {"type", "value"}:
        return "response_format: missing field `value`, or a field beside it"
    if dialect == "openai" and kind == "json_schema":
        inner = grammar.get("json_schema")
        if not isinstance(inner, dict) or not {"name", "schema"} <= inner.keys():
            return "response_format: json_schema needs `name` and `schema`"
    return None


def invalid(body: dict[str, Any], max_total_tokens: int) -> str | None:
    """Return TGI's validation sentence, which a stream carries inside an HTTP 200."""
    words = sum(len(str(message["content"]).split()) for message in body["messages"])
    max_tokens = body.get("max_tokens", 100)
    rules = (
        (not body["messages"], "`inputs` cannot be empty"),
        ("top_p" in body and not 0 < body["top_p"] < 1, "`top_p` must be > 0.0 and < 1.0"),
        (body.get("temperature", 0) < 0, "`temperature` must be strictly positive"),
        (len(body.get("stop", ())) > 4, f"`stop` supports up to 4 stop sequences. Given: {len(body.get('stop', ()))}"),
        (max_tokens <= 0, "`max_new_tokens` must be strictly positive"),
        (body.get("top_logprobs", 0) > 5, "`top_n_tokens` must be >= 0 and <= 5. Given: 6"),
        (bool(body.get("response_format")) and bool(body.get("tools")), "Grammar and tools are mutually exclusive"),
        (
            words + max_tokens > max_total_tokens,
            f"`inputs` tokens + `max_new_tokens` must be <= {max_total_tokens}. "
            f"Given: {words} `inputs` tokens and {max_tokens} `max_new_tokens`",
        ),
    )
    return next((f"Input validation error: {sentence}" for broken, sentence in rules if broken), None)
