"""How well the right text is found: the real analyser, embedding model, SQL index and fusion, on data of others.

A text is one chunk here (the splitter is not measured). Nothing in Maru was trained on these sets; the weight of the
fusion and the threshold of "not in what I know" were chosen on KorQuAD questions (README, Decisions).
"""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bot.domain.conversation import Space
from bot.domain.documents import Chunk, Document
from bot.ports.analyser import Analyser
from bot.retrieval.retriever import retrieve
from integrations.postgres.library import PostgresChunkIndex, PostgresLibrary
from integrations.postgres.pool import Pool, open_pool
from integrations.tei.analyser import HttpAnalyser
from integrations.tei.embedder import TeiEmbedder
from tests.bench.data import Collection, cranfield, folder, korquad
from tests.bench.embeddings import EmbeddingCache
from tests.bench.machine import answers, empty_home, python, running
from tests.bench.scale import Scale
from tests.bench.stores import stores
from tests.bench.table import Findings, percentile
from workers.preflight import free_ports

MODEL = "multilingual-e5-small"
ANALYSED_AT_ONCE = 32
PUBLISHED = {
    "KorQuAD": "BM25 on kiwipiepy's words alone .917, .988 (recall@1, @5)",
    "Cranfield": "BM25 alone .385 (nDCG@10)",
}


def run(scale: Scale) -> Findings:
    """Index each collection in a space of its own and ask its questions."""
    folder()
    found = Findings("retrieval: the right text among all, by words and by meaning")
    with empty_home() as home, stores(home) as database, _encoder() as url:
        pool = open_pool(database.url, max_size=4)
        analyser = HttpAnalyser(url)
        embedder = EmbeddingCache(
            TeiEmbedder(
                url, model=MODEL, dimensions=384, query_prefix="query: ", passage_prefix="passage: ", timeout=120.0
            )
        )
        for collection in (korquad(scale.questions), cranfield()):
            _measure(collection, pool=pool, analyser=analyser, embedder=embedder, found=found)
        pool.close()
        if embedder.made:
            found.note(f"{embedder.made} texts were embedded now; the others came from {embedder.folder}")
    return found


def _measure(
    collection: Collection, *, pool: Pool, analyser: Analyser, embedder: EmbeddingCache, found: Findings
) -> None:
    space = Space(f"bench-{collection.name.lower()}")
    _index(collection, space, pool=pool, analyser=analyser, embedder=embedder)
    index = PostgresChunkIndex(pool, model=MODEL)
    vectors = embedder.embed([question for question, _ in collection.questions], kind="query")
    ranks: list[list[str]] = []
    judged, taken = 0, []
    for (question, _), vector in zip(collection.questions, vectors, strict=True):
        began = time.perf_counter()
        evidence = retrieve(question, vector, spaces=(space,), index=index, analyser=analyser)
        taken.append((time.perf_counter() - began) * 1000)
        ranks.append([passage.source for passage in evidence.passages])
        judged += evidence.answers
    wanted = [relevant for _, relevant in collection.questions]
    size = f"{len(collection.questions)} questions, {len(collection.texts)} texts"
    found.add(collection.name, size, PUBLISHED[collection.name])
    for depth in (1, 5, 10):
        found.add(f"  recall@{depth}", f"{_recall(ranks, wanted, depth):.3f}")
    found.add("  nDCG@10 (relevant or not)", f"{_ndcg(ranks, wanted, 10):.3f}")
    found.add("  judged answerable", f"{judged / len(ranks):.1%}")
    found.add(
        "  analysis, SQL and fusion", f"p50 {percentile(taken, 0.5):.0f} ms, p95 {percentile(taken, 0.95):.0f} ms"
    )


def _index(collection: Collection, space: Space, *, pool: Pool, analyser: Analyser, embedder: EmbeddingCache) -> None:
    library = PostgresLibrary(pool)
    names, texts = list(collection.texts), list(collection.texts.values())
    for start in range(0, len(texts), ANALYSED_AT_ONCE):
        batch = texts[start : start + ANALYSED_AT_ONCE]
        for name, text, terms in zip(names[start:], batch, analyser.analyse(batch), strict=False):
            library.replace(Document(name, name, text, digest=name, space=space), [Chunk((), text, terms)])
    waiting = library.unembedded(model=MODEL, limit=len(texts))
    vectors = embedder.embed([text.strip() for _, text in waiting], kind="passage")
    library.set_embeddings(MODEL, [(chunk, vector) for (chunk, _), vector in zip(waiting, vectors, strict=True)])
    with pool.connection() as connection:
        connection.execute("ANALYZE")


def _recall(ranks: Sequence[Sequence[str]], wanted: Sequence[frozenset[str]], depth: int) -> float:
    shares = [len(right & set(rank[:depth])) / len(right) for rank, right in zip(ranks, wanted, strict=True)]
    return sum(shares) / len(shares)


def _ndcg(ranks: Sequence[Sequence[str]], wanted: Sequence[frozenset[str]], depth: int) -> float:
    def one(rank: Sequence[str], right: frozenset[str]) -> float:
        gain = sum(1 / math.log2(place + 2) for place, name in enumerate(rank[:depth]) if name in right)
        return gain / sum(1 / math.log2(place + 2) for place in range(min(depth, len(right))))

    return sum(one(rank, right) for rank, right in zip(ranks, wanted, strict=True)) / len(ranks)


@contextmanager
def _encoder() -> Iterator[str]:
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    with empty_home() as place:
        program = python(
            *("-m", "workers.cli", "encoder", "--port", str(port)),
            home=place.parent,
            name="encoder",
            ready=answers(f"{url}/health"),
        )
        with running(program, place.parent):
            yield url
