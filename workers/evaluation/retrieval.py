"""`maru eval retrieval CORPUS QUERIES QRELS`: the product's splitter, analyser, embedder, SQL index and fusion."""

import time
from collections.abc import Iterable
from pathlib import Path

from bot.domain.conversation import WORKSPACE
from bot.learning.retrieval_scores import ndcg, recall
from bot.retrieval.retriever import retrieve
from workers.bootstrap.evaluation import Encoders, Shelves, encoders, shelves
from workers.evaluation import inputs
from workers.evaluation.embeddings import EmbeddingCache
from workers.evaluation.report import Figures, conclude, milliseconds, say
from workers.evaluation.servers import empty_database, served
from workers.evaluation.shelving import shelve
from workers.settings import Settings

DEPTHS = (1, 5, 10)


def run(settings: Settings, corpus: Path, *, queries: Path, qrels: Path, cache: Path | None = None) -> int:
    """Print the figures."""
    conclude(evaluate(settings, corpus, queries=queries, qrels=qrels, cache=cache))
    return 0


def evaluate(settings: Settings, corpus: Path, *, queries: Path, qrels: Path, cache: Path | None = None) -> Figures:
    """Index the corpus into an empty database and ask every judged query; nothing is trained.

    Raises DataRefused, StartFailed, EncoderUnavailable, DatabaseUnavailable.
    """
    pages, asked, judged = inputs.corpus(corpus), inputs.queries(queries), inputs.qrels(qrels)
    wanted = {query: judgements for query, judgements in judged.items() if query in asked}
    with served(settings) as serving, empty_database() as database:
        parts = encoders(serving)
        kept = EmbeddingCache(parts.embedder, cache or settings.home / "cache", told=_progress)
        with shelves(database, model=parts.embedder.model) as shelf:
            refused = shelve(
                pages,
                library=shelf.library,
                analyser=parts.analyser,
                cache=kept,
                model=parts.embedder.model,
                told=say,
            )
            if refused:
                say(f"{refused} documents have no text")
            say(f"{len(wanted)} judged queries over {len(pages)} documents")
            return _ask(asked, wanted, parts=parts, shelf=shelf)


def _ask(asked: dict[str, str], wanted: dict[str, dict[str, float]], *, parts: Encoders, shelf: Shelves) -> Figures:
    taken: list[float] = []
    gains: list[float] = []
    found: dict[int, list[float]] = {depth: [] for depth in DEPTHS}
    for query, judgements in wanted.items():
        began = time.perf_counter()
        vector = parts.embedder.embed([asked[query]], kind="query")[0]
        evidence = retrieve(asked[query], vector, spaces=(WORKSPACE,), index=shelf.index, analyser=parts.analyser)
        taken.append(time.perf_counter() - began)
        ranked = _documents(passage.source for passage in evidence.passages)
        gains.append(ndcg(ranked, judgements, 10))
        for depth in DEPTHS:
            found[depth].append(recall(ranked, judgements, depth))
    figures: Figures = {"ndcg@10": _mean(gains)}
    figures |= {f"recall@{depth}": _mean(found[depth]) for depth in DEPTHS}
    return figures | {"ms_p50": milliseconds(taken, 0.5), "ms_p95": milliseconds(taken, 0.95), "queries": len(wanted)}


def _documents(sources: Iterable[str]) -> list[str]:
    """Return each document once, at the place of its best passage."""
    return list(dict.fromkeys(sources))


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0


def _progress(done: int, total: int) -> None:
    if done % 512 == 0 or done == total:
        say(f"{done} of {total} texts embedded")
