"""Embeddings of evaluations: made once, kept whatever happens to the run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from bot.domain.documents import Vector
from bot.domain.errors import EncoderUnavailable
from integrations.memory.models import HashingEmbedder
from workers.evaluation.embeddings import EMBEDDED_AT_ONCE, TRIES, EmbeddingCache


class CountingEmbedder(HashingEmbedder):
    """Counts the texts that it embeds."""

    def __init__(self, **fields: object) -> None:
        super().__init__(**fields)  # type: ignore[arg-type]
        self.made = 0

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> list[Vector]:
        found = super().embed(texts, kind=kind)
        self.made += len(texts)
        return found


def test_no_text_is_embedded_twice(tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    first = EmbeddingCache(embedder, tmp_path).embed(["one", "two", "one"], kind="query")
    again = EmbeddingCache(embedder, tmp_path).embed(["two", "three", "one"], kind="query")
    assert embedder.made == 3
    assert np.allclose(first[0], again[2]) and np.allclose(first[1], again[0])
    assert np.allclose(first[0], HashingEmbedder().embed(["one"], kind="query")[0], atol=1e-6)


def test_kinds_and_models_are_kept_apart(tmp_path: Path) -> None:
    embedder, other = CountingEmbedder(), CountingEmbedder(model="other", dimensions=32)
    EmbeddingCache(embedder, tmp_path).embed(["one"], kind="query")
    EmbeddingCache(embedder, tmp_path).embed(["one"], kind="passage")
    assert EmbeddingCache(other, tmp_path).embed(["one"], kind="query").shape == (1, 32)
    assert (embedder.made, other.made) == (2, 1)


def test_a_run_that_fails_keeps_what_it_made(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(EMBEDDED_AT_ONCE["query"] + 5)]
    embedder = CountingEmbedder()

    def encoder_goes_away(done: int, total: int) -> None:
        embedder.failures = [EncoderUnavailable("gone")] * TRIES

    with pytest.raises(EncoderUnavailable):
        EmbeddingCache(embedder, tmp_path, told=encoder_goes_away, pause_seconds=0).embed(texts, kind="query")
    EmbeddingCache(embedder, tmp_path).embed(texts, kind="query")
    assert embedder.made == len(texts)


def test_an_encoder_that_comes_back_is_waited_for(tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    embedder.failures = [EncoderUnavailable("busy")] * (TRIES - 1)
    assert EmbeddingCache(embedder, tmp_path, pause_seconds=0).embed(["one"], kind="passage").shape == (1, 64)


def test_a_record_that_a_killed_run_left_unfinished_is_dropped(tmp_path: Path) -> None:
    embedder = CountingEmbedder()
    before = EmbeddingCache(embedder, tmp_path).embed(["one"], kind="query")
    (file,) = tmp_path.glob("*.vectors")
    with file.open("ab") as open_file:
        open_file.write(b"half a record")
    cache = EmbeddingCache(embedder, tmp_path)
    cache.embed(["two"], kind="query")
    assert np.allclose(EmbeddingCache(embedder, tmp_path).embed(["one"], kind="query"), before)
    assert embedder.made == 2


def test_no_texts_have_no_vectors(tmp_path: Path) -> None:
    assert EmbeddingCache(HashingEmbedder(), tmp_path).embed([], kind="query").shape == (0, 64)
