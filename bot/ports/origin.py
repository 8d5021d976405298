"""Where documents come from: a folder, a git repository, the web."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from bot.domain.errors import DocumentRefused
from bot.domain.sources import Source


@dataclass(frozen=True, slots=True)
class Content:
    """A file's bytes. name: what tells its kind, where that is not the item's own name."""

    data: bytes
    name: str
    version: str | None


class Found(Protocol):
    """One thing that a source holds now."""

    @property
    def name(self) -> str:
        """Return its identity: the source of the document that it becomes."""

    def read(self, known: str | None) -> Content | None:
        """Return its content; None if the version that is known is still the present one.

        Raises DocumentRefused and SourceUnavailable, for this one only.
        """


class Origin(Protocol):
    """Lists what a source holds. Thread-safe."""

    def look(self, source: Source) -> AbstractContextManager[Iterator[Found | DocumentRefused]]:
        """Yield everything there is now; a refusal in place of what may not be looked into.

        What was found can be read within the block only. Raises SourceUnavailable and DocumentRefused where the source
        itself cannot be read: then nothing is known of what it holds.
        """
