"""Embeddings kept by the hash of their text: an evaluation that is repeated or went on later embeds nothing twice."""

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bot.domain.errors import EncoderUnavailable
from bot.ports.embedder import Embedder

EMBEDDED_AT_ONCE = {"query": 64, "passage": 8}
"""Texts of one entry in the file; a run that is stopped loses no more. Passages are long: of eight, even a busy machine
makes vectors within the encoder's deadline."""

TRIES = 5
PAUSE_SECONDS = 5.0
"""How often an encoder that does not answer is asked in all, and how long it is left alone in between."""

_KEY_BYTES = 16


class EmbeddingCache:
    """Asks the embedder for what is not kept yet. One file a model and kind: records of a text's hash and its vector.

    Several processes may use one folder at a time. told: called now and then with (done, all) texts to embed.
    """

    def __init__(
        self,
        embedder: Embedder,
        folder: Path,
        *,
        told: Callable[[int, int], None] | None = None,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self._embedder = embedder
        self._folder = folder
        self._told = told
        self._pause_seconds = pause_seconds
        self.made = 0

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> NDArray[np.float32]:
        """Return one unit vector a text, a row each. Raises EncoderUnavailable, TextRefused; what was made is kept."""
        keys = [_key(text) for text in texts]
        kept = self._kept(kind)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in kept}
        for batch in _batches(list(missing.items()), EMBEDDED_AT_ONCE[kind]):
            vectors = self._made([text for _, text in batch], kind)
            self._keep(kind, [key for key, _ in batch], vectors)
            kept |= dict(zip((key for key, _ in batch), vectors, strict=True))
            self.made += len(batch)
            if self._told:
                self._told(self.made, len(missing))
        return np.stack([kept[key] for key in keys]) if keys else np.zeros((0, self._embedder.dimensions), np.float32)

    def _made(self, texts: Sequence[str], kind: Literal["query", "passage"]) -> NDArray[np.float32]:
        for _ in range(TRIES - 1):
            try:
                return np.array(self._embedder.embed(texts, kind=kind), dtype="<f4")
            except EncoderUnavailable:
                time.sleep(self._pause_seconds)
        return np.array(self._embedder.embed(texts, kind=kind), dtype="<f4")

    def _kept(self, kind: str) -> dict[bytes, NDArray[np.float32]]:
        path = self._path(kind)
        if not path.exists():
            return {}
        with self._locked(kind):
            whole = path.stat().st_size // self._record.itemsize
            rows = np.fromfile(path, dtype=self._record, count=whole)
        return dict(zip(map(bytes, rows["key"]), rows["vector"], strict=True))

    def _keep(self, kind: str, keys: Sequence[bytes], vectors: NDArray[np.float32]) -> None:
        rows = np.zeros(len(keys), dtype=self._record)
        rows["key"] = [np.void(key) for key in keys]
        rows["vector"] = vectors
        with self._locked(kind), self._path(kind).open("ab") as file:
            # A record that a killed run left unfinished would shift all that follow.
            file.truncate(file.tell() // self._record.itemsize * self._record.itemsize)
            file.write(rows.tobytes())

    @contextmanager
    def _locked(self, kind: str) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path(kind).with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @property
    def _record(self) -> np.dtype[np.void]:
        return np.dtype([("key", f"V{_KEY_BYTES}"), ("vector", "<f4", (self._embedder.dimensions,))])

    def _path(self, kind: str) -> Path:
        model = hashlib.sha256(self._embedder.model.encode()).hexdigest()[:8]
        return self._folder / f"{model}-{self._embedder.dimensions}-{kind}.vectors"


def _batches(items: list[tuple[bytes, str]], size: int) -> Iterator[list[tuple[bytes, str]]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:_KEY_BYTES]
