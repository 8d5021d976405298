"""Embeddings from TEI, or from Maru's own encoder process."""

from collections.abc import Sequence
from typing import Literal

from bot.domain.documents import Vector
from bot.domain.errors import EncoderUnavailable, TextRefused
from integrations.tei.connection import BATCH, EncoderConnection

TIMEOUT_SECONDS = 30.0
"""For one batch of 32 passages on two busy cores; a query takes milliseconds."""


class TeiEmbedder:
    """One embedding model behind `/embed`. Thread-safe.

    url: the server's root. model: its name, kept with every vector. dimensions: None = learned from the first vector.
    query_prefix, passage_prefix: words the model was trained to see first (E5: `query: `, `passage: `).
    truncate: always said, since servers differ in their default: True cuts texts that are too long for the model (their
    words are still found by words), False lets the server refuse them.
    timeout: seconds for one batch.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str,
        dimensions: int | None = None,
        query_prefix: str = "",
        passage_prefix: str = "",
        truncate: bool = True,
        api_key: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._connection = EncoderConnection(url, timeout=timeout, api_key=api_key)
        self._model = model
        self._dimensions = dimensions
        self._prefixes = {"query": query_prefix, "passage": passage_prefix}
        self._truncate = truncate

    @property
    def model(self) -> str:
        """The model's name."""
        return self._model

    @property
    def dimensions(self) -> int:
        """Length of its vectors; asks the server where nobody said it yet. Raises EncoderUnavailable."""
        if self._dimensions is None:
            self.embed(("dimensions",), kind="query")
        assert self._dimensions is not None
        return self._dimensions

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> list[Vector]:
        """Return one unit-length vector a text, in order, 32 texts a request.

        Raises EncoderUnavailable, also where the encoder refuses a question, and TextRefused where it refuses passages.
        """
        vectors: list[Vector] = []
        for start in range(0, len(texts), BATCH):
            vectors += self._batch(texts[start : start + BATCH], kind)
        return vectors

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def _batch(self, texts: Sequence[str], kind: Literal["query", "passage"]) -> list[Vector]:
        inputs = [self._prefixes[kind] + text for text in texts]
        payload = {"inputs": inputs, "normalize": True, "truncate": self._truncate}
        try:
            answers = self._connection.ask("/embed", payload, expected=len(texts))
        except TextRefused as error:
            if kind == "passage":
                raise
            raise EncoderUnavailable(str(error)) from error
        return [self._vector(answer) for answer in answers]

    def _vector(self, answer: object) -> Vector:
        try:
            vector = tuple(map(float, answer))  # type: ignore[call-overload]
        except (TypeError, ValueError) as error:
            raise EncoderUnavailable("The encoder answered /embed with something that is no vector.") from error
        if self._dimensions is None:
            self._dimensions = len(vector)
        if len(vector) != self._dimensions:
            raise EncoderUnavailable(
                f"The encoder gave {len(vector)} numbers where {self._model} has {self._dimensions}: "
                "another model is behind this address. Correct the models file, or embed everything anew."
            )
        return vector
