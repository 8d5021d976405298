"""`POST /v1/chat/completions`: any OpenAI client reaches the Dialogue Manager, by the same inbox and outbox."""

import asyncio
import hmac
import json
import threading
import uuid
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from bot.domain.citing import place, remarks
from bot.domain.conversation import Address, ConversationId, PersonId, Platform, Utterance
from bot.domain.errors import DatabaseUnavailable
from bot.domain.events import EventId, MessageKey, MessageReceived
from bot.domain.messages import Reply
from bot.domain.sentences import sentences
from bot.ports.clock import Clock
from bot.ports.intake import Intake
from bot.ports.reply_feed import Final, ReplyFeed

LARGEST_BODY = 1_000_000
WAIT_SECONDS = 180.0
KEEP_ALIVE_SECONDS = 10.0
MOST_WAITING = 64
"""Callers at once: each holds a thread and a database connection while it waits."""

MODEL = "maru"


class Part(BaseModel):
    """A part of a message's content; only text is read."""

    type: str
    text: str = ""


class Message(BaseModel):
    """One message of the request, in OpenAI's shape."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None

    def words(self) -> str:
        """Return the text of the content."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class ChatCompletion(BaseModel):
    """The request; whatever else OpenAI's clients send (temperature, tools) is Maru's own decision and ignored."""

    messages: list[Message] = Field(min_length=1)
    stream: bool = False


class OpenAiApi:
    """The endpoint. Person = the key; conversation = the call; history = the messages it carries."""

    def __init__(
        self,
        keys: Sequence[str],
        *,
        intake: Intake,
        feed: ReplyFeed,
        clock: Clock,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._keys = tuple(keys)
        self._intake = intake
        self._feed = feed
        self._clock = clock
        self._most_waiting = most_waiting
        self._waiting = 0
        self._threads = ThreadPoolExecutor(most_waiting, thread_name_prefix="v1")

    async def endpoint(self, request: Request) -> Response:
        """401 wrong key · 413 over 1 MB · 400 malformed · 429 too many waiting · 503 database away · 504 too late."""
        person = self._person(request.headers.get("authorization", ""))
        if person is None:
            return _error(401, "invalid_api_key", "This key is not one of MARU_API_KEYS.")
        body = await _body(request)
        if body is None:
            return _error(413, "request_too_large", "The body is over 1 MB.")
        try:
            asked = ChatCompletion.model_validate_json(body)
        except ValidationError as error:
            where = ".".join(map(str, error.errors()[0]["loc"])) or "body"
            return _error(400, "invalid_request_error", f"{where}: {error.errors()[0]['msg']}")
        if asked.messages[-1].role != "user":
            return _error(400, "invalid_request_error", "messages: the last one must be the user's.")
        if self._waiting >= self._most_waiting:
            return _error(429, "rate_limit_exceeded", "Too many calls wait for an answer. Try again in a few seconds.")
        return await self._answered(_event(asked, person), request, stream=asked.stream)

    async def models(self, request: Request) -> Response:
        """List the one model there is, for clients that look before they ask."""
        if self._person(request.headers.get("authorization", "")) is None:
            return _error(401, "invalid_api_key", "This key is not one of MARU_API_KEYS.")
        model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "maru"}
        return JSONResponse({"object": "list", "data": [model]})

    async def _answered(self, event: MessageReceived, request: Request, *, stream: bool) -> Response:
        self._waiting += 1  # counted before the first await, so that a burst cannot pass the limit
        try:
            await run_in_threadpool(self._intake, event)
        except DatabaseUnavailable:
            self._waiting -= 1
            return _error(503, "server_error", "The database does not answer; the question was not kept. Try again.")
        except BaseException:  # whatever it is, its caller waits no longer
            self._waiting -= 1
            raise
        gone = threading.Event()
        pending = asyncio.ensure_future(self._reply(event.event_id, gone))
        pending.add_done_callback(self._leave)
        watch = asyncio.ensure_future(_hung_up(request, gone))
        pending.add_done_callback(lambda _: watch.cancel())
        if stream:
            chunks = self._chunks(event.event_id, pending)
            return StreamingResponse(chunks, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})
        try:
            reply = await pending
        except DatabaseUnavailable as error:
            return _error(503, "server_error", str(error))
        if reply is None:
            return _error(504, "timeout", "No answer came in time. The question is kept.")
        return JSONResponse(self._completion(event.event_id, reply))

    def _leave(self, _: "asyncio.Future[Reply | None]") -> None:
        """Count one less; told of every end, also of what was given up before its first step."""
        self._waiting -= 1

    async def _reply(self, event: EventId, gone: threading.Event) -> Reply | None:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._follow, event, gone)

    def _follow(self, event: EventId, gone: threading.Event) -> Reply | None:
        for news in self._feed.follow(event, timeout_seconds=WAIT_SECONDS, gone=gone.is_set):
            if isinstance(news, Final):
                return news.reply
        return None

    def _completion(self, event: EventId, reply: Reply) -> dict[str, Any]:
        message = {"role": "assistant", "content": _text(reply)}
        return {
            **self._head(event, "chat.completion"),
            "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
            "citations": _citations(reply),
        }

    def _head(self, event: EventId, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{event}", "object": kind, "created": int(self._clock.now()), "model": MODEL}

    async def _chunks(self, event: EventId, pending: "asyncio.Future[Reply | None]") -> AsyncIterator[str]:
        """Stream verified sentences only: they exist once the reply is final; comments keep the line open."""
        head = self._head(event, "chat.completion.chunk")
        yield _chunk(head, {"role": "assistant", "content": ""})
        while not (await asyncio.wait([pending], timeout=KEEP_ALIVE_SECONDS))[0]:
            yield ": still working\n\n"
        try:
            reply = pending.result()
        except DatabaseUnavailable as error:
            reply = Reply(str(error))
        for piece in _pieces(_text(reply or Reply("No answer came in time. The question is kept."))):
            yield _chunk(head, {"content": piece})
        yield _chunk(head, {}, finish_reason="stop")
        yield "data: [DONE]\n\n"

    def _person(self, authorization: str) -> PersonId | None:
        scheme, _, given = authorization.partition(" ")
        # Every key is compared, so that the time taken does not tell which one is nearly right.
        matches = [key for key in self._keys if hmac.compare_digest(key.encode(), given.strip().encode("latin-1"))]
        if scheme.lower() != "bearer" or not matches:
            return None
        return PersonId(f"api:{sha256(matches[0].encode()).hexdigest()[:12]}")


async def _hung_up(request: Request, gone: threading.Event) -> None:
    """Set `gone` once the client closes the connection. The question stays kept and is answered; the waiting ends."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    gone.set()


async def _body(request: Request) -> bytes | None:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            return None
    return body


def _event(asked: ChatCompletion, person: PersonId) -> MessageReceived:
    unique = f"api:{uuid.uuid4()}"
    return MessageReceived(
        event_id=EventId(unique),
        message_key=MessageKey(unique),
        conversation=ConversationId(unique),
        person=person,
        address=Address(Platform.API, direct=True),
        text=asked.messages[-1].words(),
        history=tuple(
            Utterance("person" if message.role == "user" else "maru", message.words())
            for message in asked.messages[:-1]
            if message.role in ("user", "assistant")
        ),
    )


def _text(reply: Reply) -> str:
    sources = [f"[{one.number}] {one.title} — {place(one)}{remarks(one)}" for one in reply.citations]
    return "\n".join([reply.text, "", *sources]) if sources else reply.text


def _citations(reply: Reply) -> list[dict[str, Any]]:
    return [
        {
            "number": one.number,
            "title": one.title,
            "source": one.source,
            "page": one.page,
            "age": one.age or None,
            "link": one.link,
            "sample": one.sample,
        }
        for one in reply.citations
    ]


def _pieces(text: str) -> list[str]:
    """Cut after sentences without losing a character: the pieces together are the text."""
    pieces, start = [], 0
    for sentence in sentences(text):
        end = text.index(sentence, start) + len(sentence)
        pieces.append(text[start:end])
        start = end
    return [*pieces, text[start:]] if text[start:] else pieces


def _chunk(head: dict[str, Any], delta: dict[str, str], finish_reason: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return f"data: {json.dumps({**head, 'choices': [choice]}, ensure_ascii=False)}\n\n"


def _error(status: int, kind: str, message: str) -> Response:
    return JSONResponse({"error": {"message": message, "type": kind, "param": None, "code": kind}}, status)
