"""Embeddings kept by the hash of their text, because a passage costs a third of a second."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from bot.domain.documents import Vector
from bot.ports.embedder import Embedder
from tests.bench.machine import ROOT

KEPT_EVERY = 32


class EmbeddingCache:
    """Asks the embedder for what is not kept yet.

    Files: `<model>-<kind>.npy`, a vector a row, and `.keys`, the hash of its text a line.
    folder: MARU_BENCH_CACHE, else `.maru/bench` in the checkout. made: how many texts had to be embedded.
    """

    def __init__(self, embedder: Embedder) -> None:
        self.folder = Path(os.environ.get("MARU_BENCH_CACHE", "").strip() or ROOT / ".maru" / "bench")
        self.made = 0
        self._embedder = embedder

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> list[Vector]:
        """Return one vector a text, in order; what is made is kept at once, so that a stopped run loses little."""
        kept = self._kept(kind)
        missing = list(dict.fromkeys(text for text in texts if _key(text) not in kept))
        for start in range(0, len(missing), KEPT_EVERY):
            batch = missing[start : start + KEPT_EVERY]
            for text, vector in zip(batch, self._embedder.embed(batch, kind=kind), strict=True):
                kept[_key(text)] = np.array(vector, dtype=np.float32)
            self._keep(kind, kept)
            self.made += len(batch)
        return [tuple(map(float, kept[_key(text)])) for text in texts]

    def _kept(self, kind: str) -> dict[str, np.ndarray]:
        rows, keys = self._paths(kind)
        if not rows.exists():
            return {}
        return dict(zip(keys.read_text(encoding="ascii").split(), np.load(rows), strict=True))

    def _keep(self, kind: str, kept: dict[str, np.ndarray]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        rows, keys = self._paths(kind)
        unfinished = rows.with_suffix(".new.npy")
        np.save(unfinished, np.stack(list(kept.values())))
        keys.write_text("\n".join(kept) + "\n", encoding="ascii")
        unfinished.replace(rows)

    def _paths(self, kind: str) -> tuple[Path, Path]:
        stem = self.folder / f"{self._embedder.model}-{kind}"
        return stem.with_suffix(".npy"), stem.with_suffix(".keys")


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
