"""Embedder and analyser over real HTTP, against a strict stand-in of TEI."""

import math
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from bot.domain.errors import EncoderUnavailable, TextRefused
from integrations.tei.analyser import HttpAnalyser
from integrations.tei.embedder import TeiEmbedder
from tests.standins.tei import TeiStandIn, embedding


@pytest.fixture
def tei() -> Iterator[TeiStandIn]:
    with TeiStandIn(dimensions=64) as stand_in:
        yield stand_in


@pytest.fixture
def embedder(tei: TeiStandIn) -> Iterator[TeiEmbedder]:
    embedder = TeiEmbedder(
        tei.url, model="e5", dimensions=64, query_prefix="query: ", passage_prefix="passage: ", timeout=5
    )
    yield embedder
    embedder.close()


@pytest.fixture
def analyser(tei: TeiStandIn) -> Iterator[HttpAnalyser]:
    analyser = HttpAnalyser(tei.url, timeout=5)
    yield analyser
    analyser.close()


def cosine(one: tuple[float, ...], two: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(one, two, strict=True))


def test_texts_become_unit_vectors_in_order(tei: TeiStandIn, embedder: TeiEmbedder) -> None:
    vectors = embedder.embed(["roll back a deploy", "배포 롤백"], kind="passage")
    assert [len(vector) for vector in vectors] == [64, 64]
    assert all(math.isclose(math.hypot(*vector), 1.0) for vector in vectors)
    assert vectors[1] == tuple(embedding("배포 롤백", 64))
    (query,) = embedder.embed(["how to roll back"], kind="query")
    assert cosine(query, vectors[0]) > cosine(query, vectors[1])


def test_each_kind_has_its_prefix_and_normalising_and_cutting_are_said(tei: TeiStandIn, embedder: TeiEmbedder) -> None:
    embedder.embed(["deploy"], kind="query")
    embedder.embed(["deploy"], kind="passage")
    assert [body for _, body in tei.seen] == [
        {"inputs": ["query: deploy"], "normalize": True, "truncate": True},
        {"inputs": ["passage: deploy"], "normalize": True, "truncate": True},
    ]


def test_a_text_that_is_too_long_is_refused_where_cutting_is_off(tei: TeiStandIn, embedder: TeiEmbedder) -> None:
    strict = TeiEmbedder(tei.url, model="e5", truncate=False)
    assert len(embedder.embed(["word " * 600], kind="passage")) == 1
    with pytest.raises(TextRefused, match="must have less than 512 tokens"):
        strict.embed(["word " * 600], kind="passage")
    strict.close()


def test_many_texts_go_in_batches_of_32(tei: TeiStandIn, embedder: TeiEmbedder, analyser: HttpAnalyser) -> None:
    texts = [f"passage number {number}" for number in range(70)]
    assert embedder.embed(texts, kind="passage")[69] == tuple(embedding(texts[69], 64))
    assert analyser.analyse(texts)[69] == ("passage", "number", "69")
    assert [len(body["inputs"]) for _, body in tei.seen] == [32, 32, 6, 32, 32, 6]


def test_no_texts_ask_nothing(tei: TeiStandIn, embedder: TeiEmbedder, analyser: HttpAnalyser) -> None:
    assert embedder.embed([], kind="passage") == []
    assert analyser.analyse([]) == []
    assert tei.server.counts.requests == 0


def test_dimensions_are_learned_where_nobody_said_them(tei: TeiStandIn) -> None:
    embedder = TeiEmbedder(tei.url, model="e5")
    assert embedder.dimensions == 64
    assert embedder.dimensions == 64
    assert tei.server.counts.requests == 1
    tei.mode = "other-model"
    with pytest.raises(EncoderUnavailable, match="gave 65 numbers where e5 has 64"):
        embedder.embed(["deploy"], kind="query")
    embedder.close()


def test_terms_come_with_repetitions(analyser: HttpAnalyser) -> None:
    assert analyser.analyse(["Deploy and deploy again", ""]) == [("deploy", "and", "deploy", "again"), ()]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("too-long-413", "HTTP 413: `inputs` must have less"),
        ("overload-429", "HTTP 429: Model is overloaded"),
        ("failed-424", "HTTP 424: Inference error"),
        ("starting-503", "HTTP 503"),
        ("drop", "cannot be reached"),
        ("not-json", "no JSON"),
        ("not-a-list", "something else than 1 results"),
        ("one-short", "something else than 1 results"),
        ("no-vector", "no vector"),
        ("other-model", "another model"),
    ],
)
def test_every_failure_is_unavailable_and_says_why(
    tei: TeiStandIn, embedder: TeiEmbedder, mode: Any, words: str
) -> None:
    tei.mode = mode
    with pytest.raises(EncoderUnavailable, match=words):
        embedder.embed(["deploy"], kind="query")


def test_passages_that_it_refuses_are_refused_for_good(tei: TeiStandIn, embedder: TeiEmbedder) -> None:
    tei.mode = "too-long-413"
    with pytest.raises(TextRefused, match="HTTP 413"):
        embedder.embed(["deploy"], kind="passage")
    tei.mode = "overload-429"
    with pytest.raises(EncoderUnavailable):
        embedder.embed(["deploy"], kind="passage")


@pytest.mark.parametrize("mode", ["overload-429", "drop", "not-json", "one-short", "not-a-list", "no-vector"])
def test_the_analyser_fails_in_the_same_words(tei: TeiStandIn, analyser: HttpAnalyser, mode: Any) -> None:
    tei.mode = mode
    with pytest.raises(EncoderUnavailable):
        analyser.analyse(["deploy"])


def test_a_server_that_does_not_answer_is_given_up(tei: TeiStandIn) -> None:
    tei.mode = "stall"
    embedder = TeiEmbedder(tei.url, model="e5", timeout=0.2)
    with pytest.raises(EncoderUnavailable, match="in time"):
        embedder.embed(["deploy"], kind="query")
    embedder.close()


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    embedder = TeiEmbedder(f"http://127.0.0.1:{port}", model="e5")
    with pytest.raises(EncoderUnavailable, match="cannot be reached"):
        embedder.embed(["deploy"], kind="query")
    embedder.close()


def test_one_dropped_connection_is_no_failure(tei: TeiStandIn, embedder: TeiEmbedder) -> None:
    embedder.embed(["deploy"], kind="query")
    tei.server.drop_idle()
    embedder.embed(["deploy"], kind="query")
    tei.script = ["drop"]
    assert len(embedder.embed(["deploy"], kind="query")) == 1


def test_two_hundred_threads_share_it(tei: TeiStandIn, embedder: TeiEmbedder) -> None:
    tei.seconds = 1.0
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda: results.append(len(embedder.embed(["deploy"], kind="query"))))
        for _ in range(200)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(results) == 200
    assert tei.peak > 100  # a pool that blocks would have allowed fewer


@pytest.mark.parametrize("name", ["tei", "tgi"])
def test_the_stand_ins_are_programs(name: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", f"tests.standins.{name}"], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        port = int(url.rpartition(":")[2])
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        process.terminate()
        assert process.wait(10) == 0
