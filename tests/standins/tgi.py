"""A strict stand-in of a TGI 3.3 server (or, with `dialect="openai"`, of a vLLM-like one).

Rules are written by hand from TGI's published openapi.json and its documented behaviour; shapes of chunks follow the
recorded responses in huggingface/text-generation-inference, integration-tests (Apache-2.0). Stricter than the real one
in two places, so that our own mistakes show: an unknown field and `presence_penalty` (which TGI turns into a repetition
penalty of p + 2) are refused.

Also a program: `python -m tests.standins.tgi --port 8081 [--reply TEXT | --reply-from MODULE:FUNCTION] …` (`--help`).
"""

import argparse
import asyncio
import importlib
import json
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_args

from tests.standins.loopback import Exchange, LoopbackServer
from tests.standins.tgi_rules import invalid, unreadable

Reply = Callable[[list[dict[str, str]]], str]
"""Messages in, the model's text out."""

Mode = Literal[
    "ok",
    "usage",  # a usage chunk with empty choices although nobody asked
    "no-usage",  # none although it was asked for
    "usage-late",  # a while after the finish reason
    "usage-with-reason",  # in the chunk of the finish reason
    "usage-always",  # in every chunk, counting up
    "llama.cpp",  # a role without content before the first token, an empty delta with the reason, timings
    "whole",  # one JSON body although a stream was asked for
    "stops",  # obeys `stop`: TGI leaves the sequence in the text and says stop_sequence
    "overload-sse",  # HTTP 200 that carries "Model is overloaded"
    "generation-sse",  # the same, with a generation failure after the first token
    "validation-sse",
    "flat-sse",  # the error as words with a type beside them, as /generate_stream says it
    "error-200",  # an error's JSON under HTTP 200
    "aborted",  # finish_reason "abort" after two tokens, as SGLang and vLLM say it
    "overload-429",
    "failed-424",
    "invalid-422",
    "invalid-422-unsized",  # the same without Content-Length: the client has not read the body
    "incomplete-500",
    "starting-503",
    "cut",  # connection reset after the second token
    "closed-early",  # the body ends properly, but without finish_reason and [DONE]
    "drop",  # connection closed before any answer
    "stall",  # headers and keep-alive comments, never a token
    "stall-mid",  # two tokens, then keep-alive comments for ever
    "garbage",  # bytes that are neither UTF-8 nor JSON
    "not-an-object",  # data: [1]
    "done-without-space",  # data:[DONE]
    "no-done",  # finish_reason, then the end of the body
    "never-ends",  # finish_reason, then silence
    "endless",  # tokens for ever, whatever max_tokens said
    "empty",  # no token at all
    "redirect",  # to somewhere else
]

CANNED = "The stand-in answers."
KEEP_ALIVE_SECONDS = 0.1
LATE_SECONDS = 0.15

_JSON_ERRORS: Mapping[str, tuple[int, str, str]] = {
    "overload-429": (429, "Model is overloaded", "overloaded"),
    "failed-424": (424, "Request failed during generation: CUDA out of memory", "generation"),
    "invalid-422": (422, "Input validation error: `inputs` must have less than 4096 tokens. Given: 5000", "validation"),
    "invalid-422-unsized": (422, "Failed applying chat template to inputs: no template", "template_error"),
    "incomplete-500": (500, "Incomplete generation", "incomplete_generation"),
    "starting-503": (503, "unhealthy", "healthcheck"),
}
_SSE_ERRORS: Mapping[str, str] = {
    "overload-sse": "Model is overloaded",
    "generation-sse": "Request failed during generation: CUDA out of memory",
    "validation-sse": "Input validation error: `inputs` must have less than 4096 tokens. Given: 5000",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One chat request as it arrived."""

    body: dict[str, Any]
    headers: dict[str, str]


@dataclass(slots=True)
class TgiStandIn:
    """The server. Change `mode`, `reply` and the pauses at any time; `script` holds the next requests' modes, in order.

    adapters: LoRA ids it was started with. As in TGI, they are listed nowhere, and an unknown id runs the base model.
    requests, cancelled, latencies, running, peak: chat requests that came, that the client gave up, seconds each took,
    that run now, that ran at once.
    """

    reply: Reply = field(default=lambda messages: CANNED)
    mode: Mode = "ok"
    dialect: Literal["tgi", "openai"] = "tgi"
    model_id: str = "stand-in/small-7b"
    adapters: tuple[str, ...] = ()
    api_key: str | None = None
    first_token_seconds: float = 0.0
    token_seconds: float = 0.0
    max_concurrent_requests: int = 128
    max_total_tokens: int = 4096
    healthy: bool = True
    health_route: bool = True
    port: int = 0
    script: list[Mode] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    requests: int = 0
    running: int = 0
    peak: int = 0
    cancelled: int = 0
    keep_seen: bool = True
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
            case "POST", "/v1/chat/completions":
                await self._timed_chat(exchange)
            case "GET", "/health" if self.health_route:
                error = {"error": "unhealthy", "error_type": "healthcheck"}
                exchange.reply(200, b"") if self.healthy else exchange.reply_json(503, error)
            case "GET", "/info" if self.dialect == "tgi":
                exchange.reply_json(200, self._info())
            case "GET", "/v1/models":
                model = {"id": self.model_id, "object": "model", "created": 0, "owned_by": self.model_id}
                exchange.reply_json(200, {"object": "list", "data": [model]})
            case _:
                exchange.reply(404, b"", "text/plain")

    def _info(self) -> dict[str, Any]:
        return {
            "model_id": self.model_id,
            "max_concurrent_requests": self.max_concurrent_requests,
            "max_best_of": 2,
            "max_stop_sequences": 4,
            "max_input_tokens": self.max_total_tokens - 1,
            "max_total_tokens": self.max_total_tokens,
            "validation_workers": 2,
            "max_client_batch_size": 4,
            "router": "text-generation-router",
            "version": "3.3.6-dev0",
        }

    async def _timed_chat(self, exchange: Exchange) -> None:
        started = time.monotonic()
        self.requests += 1
        self.running += 1
        self.peak = max(self.peak, self.running)
        try:
            await self._chat(exchange)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
            self.latencies.append(time.monotonic() - started)

    async def _chat(self, exchange: Exchange) -> None:
        if (
            self.api_key is not None
            and exchange.headers.get("authorization", "").lower() != f"bearer {self.api_key}".lower()
        ):
            return exchange.reply(401, b"", "text/plain")
        if (refusal := unreadable(exchange, self.dialect)) is not None:
            status, text = refusal
            return exchange.reply(status, text.encode(), "text/plain; charset=utf-8")
        body: dict[str, Any] = json.loads(exchange.body)
        if self.keep_seen:
            self.seen.append(Seen(body, exchange.headers))
        if self.dialect == "openai" and body.get("model") != self.model_id:
            return exchange.reply_json(404, _openai_error(f"The model `{body.get('model')}` does not exist.", 404))
        mode = self.script.pop(0) if self.script else self.mode
        if mode in _JSON_ERRORS:
            status, message, kind = _JSON_ERRORS[mode]
            sized = mode != "invalid-422-unsized"
            return exchange.reply_json(status, {"error": message, "error_type": kind}, sized=sized)
        return await self._generate(exchange, body, mode)

    async def _generate(self, exchange: Exchange, body: dict[str, Any], mode: Mode) -> None:
        error = _SSE_ERRORS.get(mode) if mode != "generation-sse" else None
        error = error or invalid(body, self.max_total_tokens)
        if self.running > self.max_concurrent_requests:
            error = "Model is overloaded"
        if mode == "drop":
            return exchange.cut()
        if mode == "redirect":
            return exchange.reply(307, b"", "text/plain\r\nlocation: http://127.0.0.1:9/elsewhere")
        if mode == "error-200":
            return exchange.reply_json(200, {"error": "Model is overloaded", "error_type": "overloaded"})
        if not body.get("stream") or mode == "whole":
            return await self._whole(exchange, body, error)
        if self.dialect == "openai" and error:
            return exchange.reply_json(400, _openai_error(error, 400))
        exchange.begin()
        if error or mode == "flat-sse":
            flat = {"error": "Model is overloaded", "error_type": "overloaded"}
            said = flat if mode == "flat-sse" else {"error": {"message": error, "http_status_code": 422}}
            exchange.send(_event(said), b"data: [DONE]\n\n")
            return exchange.end()
        return await self._stream(exchange, body, mode)

    async def _whole(self, exchange: Exchange, body: dict[str, Any], error: str | None) -> None:
        if error:
            overloaded = error == "Model is overloaded"
            kind = "overloaded" if overloaded else "validation"
            return exchange.reply_json(429 if overloaded else 422, {"error": error, "error_type": kind})
        await asyncio.sleep(self.first_token_seconds)
        text = self.reply(body["messages"])
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        choice["logprobs"] = {"content": [self._logprob(body, "The")]} if body.get("logprobs") else None
        return exchange.reply_json(
            200, {**self._envelope(body, "chat.completion"), "choices": [choice], "usage": _usage(_tokens(text))}
        )

    def _logprob(self, body: dict[str, Any], token: str) -> dict[str, Any]:
        """Give a number that depends on the token and on the adapter that really runs, as a model's would."""
        runs = body["model"] if body.get("model") in self.adapters else "base"
        value = -1.0 - sum(runs.encode()) % 97 / 97 - len(token) / 1000
        others = [{"token": f" {rank}", "logprob": value - rank} for rank in range(body.get("top_logprobs", 20))]
        return {"token": token, "logprob": value, "top_logprobs": others}

    async def _stream(self, exchange: Exchange, body: dict[str, Any], mode: Mode) -> None:
        await asyncio.sleep(self.first_token_seconds)
        if mode == "stall":
            await _keep_alive(exchange)
        if mode == "endless":
            return await self._talk_on(exchange, body)
        words, reason = self._words(body, mode)
        envelope = self._envelope(body, "chat.completion.chunk")
        wants_logprobs = bool(body.get("logprobs"))

        def said(word: str, why: str | None, *, upto: int | None = None) -> bytes:
            logprobs = {"content": [self._logprob(body, word)]} if wants_logprobs and word else None
            usage = None if upto is None else _usage(words[:upto])
            return _event({**envelope, "choices": [_choice(word, why, logprobs)], "usage": usage})

        always = mode == "usage-always"
        events = [said(word, None, upto=at if always else None) for at, word in enumerate(words, start=1)]
        for index, event in enumerate(events if self.token_seconds or mode in _MIDWAY else ()):
            if index == 2 and mode in _MIDWAY:
                return await _misbehave(exchange, mode, said)
            exchange.send(event)
            await asyncio.sleep(self.token_seconds)
        tail = [said("", reason, upto=len(words) if always or mode == "usage-with-reason" else None)]
        if mode == "llama.cpp":
            events.insert(0, _event({**envelope, "choices": [_choice(None, None, None)]}))
            tail = [_event({**envelope, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})]
        exchange.send(*(() if self.token_seconds else events), *tail)
        if mode == "usage-late":
            await asyncio.sleep(LATE_SECONDS)
        if mode == "usage" or ((body.get("stream_options") or {}).get("include_usage") and mode not in _SAYS_NO_USAGE):
            timings = {"timings": {"predicted_n": len(words)}} if mode == "llama.cpp" else {}
            exchange.send(_event({**envelope, "choices": [], "usage": _usage(words), **timings}))
        return await _finish(exchange, mode)

    def _words(self, body: dict[str, Any], mode: Mode) -> tuple[list[str], str]:
        """Return the tokens that are said and why they end."""
        text = "" if mode == "empty" else self.reply(body["messages"])
        reason = "stop"
        if mode == "stops":
            for stop in body.get("stop", ()):
                if (at := text.find(stop)) >= 0:
                    leaves = self.dialect == "tgi"
                    text, reason = text[: at + len(stop) * leaves], "stop_sequence" if leaves else "stop"
        words, limit = _tokens(text), body.get("max_tokens") or 1024
        return words[:limit], "length" if len(words) > limit else reason

    async def _talk_on(self, exchange: Exchange, body: dict[str, Any]) -> None:
        """Say the same token until the client goes away."""
        envelope = self._envelope(body, "chat.completion.chunk")
        while True:
            exchange.send(_event({**envelope, "choices": [_choice(" again", None, None)], "usage": None}))
            await asyncio.sleep(KEEP_ALIVE_SECONDS / 10)

    def _envelope(self, body: dict[str, Any], kind: str) -> dict[str, Any]:
        model = body.get("model") or self.model_id  # the name is echoed, whatever really ran
        return {
            "object": kind,
            "id": "",
            "created": 1_741_266_005,
            "model": model,
            "system_fingerprint": "3.3.6-dev0-native",
        }


_MIDWAY = ("cut", "closed-early", "stall-mid", "generation-sse", "garbage", "not-an-object", "aborted")
_SAYS_NO_USAGE = ("no-usage", "usage-with-reason", "usage-always", "never-ends", "no-done")


async def _misbehave(exchange: Exchange, mode: Mode, said: Callable[[str, str | None], bytes]) -> None:
    match mode:
        case "aborted":
            exchange.send(said("", "abort"), b"data: [DONE]\n\n")
            exchange.end()
        case "cut":
            await asyncio.sleep(0.02)  # a reset may overtake bytes that still wait in the socket
            exchange.cut()
        case "closed-early":
            exchange.end()
        case "generation-sse":
            error = {"message": _SSE_ERRORS["generation-sse"], "http_status_code": 422}
            exchange.send(_event({"error": error}), b"data: [DONE]\n\n")
            exchange.end()
        case "garbage":
            exchange.send(b"data: \xff\xfe\x00 {not json\n\n")
            exchange.end()
        case "not-an-object":
            exchange.send(b"data: [1]\n\n")
            exchange.end()
        case _:
            await _keep_alive(exchange)


async def _finish(exchange: Exchange, mode: Mode) -> None:
    if mode == "never-ends":
        await _keep_alive(exchange)
    if mode == "done-without-space":
        exchange.send(b"data:[DONE]\n\n")
    elif mode != "no-done":
        exchange.send(b"data: [DONE]\n\n")
    exchange.end()


async def _keep_alive(exchange: Exchange) -> None:
    """Send comments until the client goes away, so that no read timeout ever fires."""
    while True:
        exchange.send(b":\n\n")
        await asyncio.sleep(KEEP_ALIVE_SECONDS)


def _event(value: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def _choice(content: str | None, reason: str | None, logprobs: dict[str, Any] | None) -> dict[str, Any]:
    delta = {"role": "assistant", "content": content, "tool_calls": None}
    return {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": reason}


def _usage(words: list[str]) -> dict[str, int]:
    count = len(words)
    return {"prompt_tokens": 10, "completion_tokens": count, "total_tokens": 10 + count}


def _tokens(text: str) -> list[str]:
    """Split so that joining gives the text back; nothing is no token."""
    if not text:
        return []
    pieces: list[str] = []
    for piece in text.split(" "):
        pieces.append(piece if not pieces else f" {piece}")
    return pieces


def _openai_error(message: str, code: int) -> dict[str, Any]:
    kind = "NotFoundError" if code == 404 else "BadRequestError"
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _reply_from(place: str) -> Reply:
    module, _, name = place.partition(":")
    reply: Reply = getattr(importlib.import_module(module), name)
    return reply


def main() -> None:
    """Serve until SIGTERM or SIGINT; the first line printed is the address."""
    parser = argparse.ArgumentParser(prog="python -m tests.standins.tgi")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--dialect", choices=("tgi", "openai"), default="tgi")
    parser.add_argument("--model-id", default="stand-in/small-7b")
    parser.add_argument("--mode", choices=get_args(Mode), default="ok")
    parser.add_argument("--reply", default=CANNED, help="what it always says")
    parser.add_argument("--reply-from", metavar="MODULE:FUNCTION", help="a function from messages to text")
    parser.add_argument("--first-token-seconds", type=float, default=0.0)
    parser.add_argument("--token-seconds", type=float, default=0.0)
    parser.add_argument("--max-concurrent-requests", type=int, default=128)
    parser.add_argument("--max-total-tokens", type=int, default=8192)
    options = parser.parse_args()
    canned: str = options.reply
    stand_in = TgiStandIn(
        reply=_reply_from(options.reply_from) if options.reply_from else lambda messages: canned,
        mode=options.mode,
        dialect=options.dialect,
        model_id=options.model_id,
        first_token_seconds=options.first_token_seconds,
        token_seconds=options.token_seconds,
        max_concurrent_requests=options.max_concurrent_requests,
        max_total_tokens=options.max_total_tokens,
        port=options.port,
        keep_seen=False,
    )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with stand_in:
        print(stand_in.url, flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
