"""A strict stand-in of a TEI server, with the `/analyse` of Maru's own encoder beside it.

Its vectors are bags of hashed words: texts that share words are near each other, the same text gives the same vector in
every process. Rules and error bodies follow text-embeddings-inference's documented behaviour.

Also a program: `python -m tests.standins.tei --port 8082 [--dimensions 384]`.
"""

import argparse
import asyncio
import json
import math
import re
import signal
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from tests.standins.loopback import Exchange, LoopbackServer

Mode = Literal[
    "ok",
    "too-long-413",
    "overload-429",
    "failed-424",
    "starting-503",
    "drop",  # connection closed before any answer
    "stall",
    "not-json",
    "not-a-list",
    "one-short",
    "no-vector",
    "other-model",  # vectors of another length
]

BATCH_LIMIT = 32
_ERRORS: Mapping[str, tuple[int, str, str]] = {
    "too-long-413": (413, "`inputs` must have less than 512 tokens. Given: 700", "Validation"),
    "overload-429": (429, "Model is overloaded", "Overloaded"),
    "failed-424": (424, "Inference error: CUDA out of memory", "Backend"),
    "starting-503": (503, "Service unavailable", "Unhealthy"),
}
_FIELDS: Mapping[str, Mapping[str, tuple[type, ...]]] = {
    "/embed": {
        "inputs": (str, list),
        "normalize": (bool,),
        "truncate": (bool,),
        "prompt_name": (str,),
        "dimensions": (int,),
        "truncation_direction": (str,),
    },
    "/analyse": {"inputs": (list,)},
}
_WORD = re.compile(r"\w+")
_E5_PREFIX = re.compile(r"^(query|passage): ")


@dataclass(slots=True)
class TeiStandIn:
    """The server. Change `mode` and `seconds` at any time; `script` holds the next requests' modes, in order.

    prompts: the prompt names of its model's configuration. max_tokens: counted in words.
    """

    dimensions: int = 384
    mode: Mode = "ok"
    seconds: float = 0.0
    max_tokens: int = 512
    prompts: tuple[str, ...] = ("query", "passage")
    healthy: bool = True
    port: int = 0
    script: list[Mode] = field(default_factory=list)
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    keep_seen: bool = True
    running: int = 0
    peak: int = 0
    server: LoopbackServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = LoopbackServer(self._handle, port=self.port)

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.__exit__(*exc)
        assert not self.server.counts.crashes, "\n".join(self.server.counts.crashes)

    @property
    def url(self) -> str:
        """Its root address."""
        return self.server.url

    async def _handle(self, exchange: Exchange) -> None:
        match exchange.method, exchange.path:
            case "POST", "/embed" | "/analyse":
                self.running += 1
                self.peak = max(self.peak, self.running)
                try:
                    await self._encode(exchange)
                finally:
                    self.running -= 1
            case "GET", "/health":
                exchange.reply(200 if self.healthy else 503, b"", "text/plain")
            case "GET", "/info":
                limits = {"max_input_length": self.max_tokens, "max_client_batch_size": BATCH_LIMIT}
                kind = {"model_type": {"embedding": {"pooling": "mean"}}, "auto_truncate": True}
                exchange.reply_json(200, {"model_id": "stand-in/embedder", **limits, **kind, "version": "1.9.3"})
            case _:
                exchange.reply(404, b"", "text/plain")

    async def _encode(self, exchange: Exchange) -> None:
        mode = self.script.pop(0) if self.script else self.mode
        if mode == "drop":
            return exchange.cut()
        if mode in _ERRORS:
            return _refuse(exchange, *_ERRORS[mode])
        body = _read(exchange)
        if body is None:
            return None
        if self.keep_seen:
            self.seen.append((exchange.path, body))
        if exchange.path == "/embed" and (refusal := self._invalid(body)) is not None:
            return _refuse(exchange, *refusal)
        await asyncio.sleep(60.0 if mode == "stall" else self.seconds)
        inputs = [body["inputs"]] if isinstance(body["inputs"], str) else body["inputs"]
        return _answer(exchange, self._results(exchange.path, inputs, mode), mode)

    def _results(self, path: str, inputs: list[str], mode: Mode) -> list[Any]:
        if path == "/analyse":  # Maru's own route: no limits of TEI's
            return [text.lower().split() for text in inputs]
        size = self.dimensions + (mode == "other-model")
        return [embedding(text, size) for text in inputs]

    def _invalid(self, body: dict[str, Any]) -> tuple[int, str, str] | None:
        inputs = [body["inputs"]] if isinstance(body["inputs"], str) else body["inputs"]
        if not inputs or (not any(inputs) and len(inputs) == 1):
            return 400, "`inputs` cannot be empty", "Empty"
        if len(inputs) > BATCH_LIMIT:
            return 422, f"batch size {len(inputs)} > maximum allowed batch size {BATCH_LIMIT}", "Validation"
        longest = max(len(text.split()) for text in inputs)
        if body.get("truncate") is False and longest >= self.max_tokens:
            return 422, f"`inputs` must have less than {self.max_tokens} tokens. Given: {longest}", "Validation"
        prompt = body.get("prompt_name")
        if prompt is not None and prompt not in self.prompts:
            return 422, f"prompt name `{prompt}` not found in the model's prompts", "Validation"
        return None


def embedding(text: str, dimensions: int) -> list[float]:
    """Return the unit vector of a bag of hashed words."""
    vector = [0.0] * dimensions
    for word in _WORD.findall(_E5_PREFIX.sub("", text).lower()) or [""]:
        digest = zlib.crc32(word.encode())
        vector[digest % dimensions] += 1.0 if digest & 0x80000000 else -1.0
    length = math.sqrt(sum(value * value for value in vector))
    if not length:  # words that cancel each other out
        vector[0] = length = 1.0
    return [value / length for value in vector]


def _read(exchange: Exchange) -> dict[str, Any] | None:
    """Return the body, or refuse it as axum does."""
    if not exchange.headers.get("content-type", "").startswith("application/json"):
        exchange.reply(415, b"Expected request with `Content-Type: application/json`", "text/plain")
        return None
    try:
        body = json.loads(exchange.body)
    except ValueError as error:
        exchange.reply(400, f"Failed to parse the request body as JSON: {error}".encode(), "text/plain")
        return None
    problem = _shape_problem(body, _FIELDS[exchange.path])
    if problem is not None:
        text = f"Failed to deserialize the JSON body into the target type: {problem}"
        exchange.reply(422, text.encode(), "text/plain")
        return None
    return body  # type: ignore[no-any-return]


def _shape_problem(body: Any, fields: Mapping[str, tuple[type, ...]]) -> str | None:
    if not isinstance(body, dict) or "inputs" not in body:
        return "missing field `inputs`"
    for name, value in body.items():
        if name not in fields:
            return f"{name}: this stand-in refuses fields that the server would ignore"
        if not isinstance(value, fields[name]):
            return f"{name}: invalid type"
    if isinstance(body["inputs"], list) and not all(isinstance(text, str) for text in body["inputs"]):
        return "inputs: data did not match any variant of untagged enum Input"
    return None


def _answer(exchange: Exchange, results: list[Any], mode: Mode) -> None:
    match mode:
        case "not-json":
            exchange.reply(200, b"<html>a proxy</html>", "text/html")
        case "not-a-list":
            exchange.reply_json(200, {"data": results})
        case "one-short":
            exchange.reply_json(200, results[:-1])
        case "no-vector":
            exchange.reply_json(200, [None for _ in results])
        case _:
            exchange.reply_json(200, results)


def _refuse(exchange: Exchange, status: int, message: str, kind: str) -> None:
    exchange.reply_json(status, {"error": message, "error_type": kind})


def main() -> None:
    """Serve until SIGTERM or SIGINT; the first line printed is the address."""
    parser = argparse.ArgumentParser(prog="python -m tests.standins.tei")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--seconds", type=float, default=0.0, help="how long each answer takes")
    options = parser.parse_args()
    stand_in = TeiStandIn(dimensions=options.dimensions, seconds=options.seconds, port=options.port, keep_seen=False)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with stand_in:
        print(stand_in.url, flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
