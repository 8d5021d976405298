"""`maru eval curated PAIRS`: how often curated answers are given to paraphrases of their questions, and to others."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.retrieval.alike import Phrasing, alike
from workers.bootstrap.evaluation import Encoders, encoders
from workers.evaluation import inputs
from workers.evaluation.embeddings import EmbeddingCache
from workers.evaluation.inputs import Wordings
from workers.evaluation.report import Figures, conclude, say
from workers.evaluation.servers import served
from workers.settings import Settings


def run(settings: Settings, pairs: Path, *, cache: Path | None = None) -> int:
    """Print the figures."""
    conclude(evaluate(settings, pairs, cache=cache))
    return 0


def evaluate(settings: Settings, pairs: Path, *, cache: Path | None = None) -> Figures:
    """Judge each wording against the question it belongs to, and against all others of the file; nothing is trained.

    recall: share of the paraphrases that are recognised. false_near: share of the near misses taken for the question
    itself. false_others: share of all wordings taken for another line's question.
    Raises DataRefused, StartFailed, EncoderUnavailable.
    """
    rows = inputs.wordings(pairs)
    with served(settings) as serving:
        parts = encoders(serving)
        judge = _Judge(rows, parts, EmbeddingCache(parts.embedder, cache or settings.home / "cache"))
        same = [(judge.alike(text, row.question), text, row.question) for row in rows for text in row.same]
        near = [(judge.alike(text, row.question), text, row.question) for row in rows for text in row.near]
        others = [
            judge.alike(text, other.question)
            for row in rows
            for text in (*row.same, *row.near)
            for other in rows
            if other is not row
        ]
    for found, text, question in near:
        if found:
            say(f"taken for {question!r}: {text!r}")
    return {
        "recall": _share([found for found, _, _ in same]),
        "false_near": _share([found for found, _, _ in near]),
        "false_others": _share(others),
        "paraphrases": len(same),
        "near_misses": len(near),
    }


class _Judge:
    """The product's own judgement, over texts that are analysed and embedded once."""

    def __init__(self, rows: Sequence[Wordings], parts: Encoders, cache: EmbeddingCache) -> None:
        texts = list(dict.fromkeys(text for row in rows for text in (row.question, *row.same, *row.near)))
        vectors = np.array(cache.embed(texts, kind="query"), dtype=np.float32)
        self._vectors = dict(zip(texts, vectors, strict=True))
        self._terms = dict(zip(texts, parts.analyser.analyse(texts), strict=True))

    def alike(self, asked: str, known: str) -> bool:
        cosine = float(self._vectors[asked] @ self._vectors[known])
        return alike(Phrasing(asked, self._terms[asked]), Phrasing(known, self._terms[known]), cosine=cosine)


def _share(facts: Sequence[bool]) -> float | None:
    return round(sum(facts) / len(facts), 4) if facts else None
