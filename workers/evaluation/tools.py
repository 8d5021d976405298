"""`maru eval tools ITEMS`: call one of the tools offered, ask for what it lacks, or refuse."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from bot.domain.documents import Vector
from bot.ports.embedder import Embedder
from bot.tools.choosing import DECISIONS, Choice, choose
from workers.bootstrap.evaluation import encoders
from workers.evaluation import inputs
from workers.evaluation.embeddings import EmbeddingCache
from workers.evaluation.inputs import ToolItem
from workers.evaluation.report import Figures, conclude, say
from workers.evaluation.servers import served
from workers.settings import Settings


def run(settings: Settings, items: Path, *, cache: Path | None = None) -> int:
    """Print each item's decision and the figures. Raises DataRefused, StartFailed, EncoderUnavailable."""
    read = inputs.tool_items(items)
    texts = sorted({text for item in read for text in (item.said, *(tool.description for tool in item.tools))})
    with served(settings) as serving:
        ports = encoders(serving)
        vectors = EmbeddingCache(ports.embedder, cache or settings.home / "cache").embed(texts, kind="query")
        known = _Known(ports.embedder, dict(zip(texts, map(tuple, vectors.tolist()), strict=True)))
        chosen = [choose(item.said, item.tools, embedder=known, analyser=ports.analyser) for item in read]
    for number, (item, choice) in enumerate(zip(read, chosen, strict=True), start=1):
        say(f"{number}\t{item.decision}\t{choice.decision}\t{choice.tool or ''}\t{', '.join(choice.missing)}")
    conclude(figures(read, chosen))
    return 0


def figures(items: Sequence[ToolItem], chosen: Sequence[Choice]) -> Figures:
    """Return the share of right decisions, of each kind, their mean, and of right tools where the item names one."""
    of, right, tools = Counter[str](), Counter[str](), []
    for item, choice in zip(items, chosen, strict=True):
        of[item.decision] += 1
        right[item.decision] += item.decision == choice.decision
        if item.tool is not None and choice.tool is not None:
            tools.append(item.tool == choice.tool)
    shares = {one: round(right[one] / of[one], 4) for one in DECISIONS if of[one]}
    return {
        "accuracy": round(right.total() / len(items), 4),
        "accuracy_by_kind": round(sum(shares.values()) / len(shares), 4),
        **{one: shares.get(one) for one in DECISIONS},
        "tool": round(sum(tools) / len(tools), 4) if tools else None,
    }


class _Known:
    """`Embedder` of texts that were embedded before: the same tools are offered again and again."""

    def __init__(self, embedder: Embedder, vectors: Mapping[str, Vector]) -> None:
        self.model, self.dimensions = embedder.model, embedder.dimensions
        self._vectors = vectors

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> list[Vector]:
        """Return one vector a text; they are all queries' vectors."""
        assert kind == "query", "nothing else was embedded"
        return [self._vectors[text] for text in texts]
