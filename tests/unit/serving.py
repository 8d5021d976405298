"""Models that are served by nobody: what the catalogue's keepers see of one."""

from collections.abc import Iterator
from typing import Any

from bot.domain.models import ChatDelta, ChatRequest, ModelEntry, ModelLoad
from bot.ports.cancellation import Cancellation


def entry(name: str, **fields: Any) -> ModelEntry:
    return ModelEntry(**{"name": name, "kind": "tgi", "urls": ("http://a",), "served_name": "tgi", **fields})


class Served:
    """`ServedModel` whose trouble a test decides; it counts the looks."""

    def __init__(self, entry: ModelEntry) -> None:
        self.entry = entry
        self.ill: str | None = None
        self.looks = 0

    def stream(self, request: ChatRequest, cancellation: Cancellation) -> Iterator[ChatDelta]:
        yield ChatDelta(self.entry.name, "stop")

    def healthy(self) -> bool:
        return self.ill is None

    def trouble(self) -> str | None:
        self.looks += 1
        return self.ill

    def load(self) -> ModelLoad:
        return ModelLoad(1, 2)
