"""The public Internet, through one guarded door."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a link led to. url: where it ended. name: tells its kind. version: for asking later whether it changed."""

    url: str
    content: bytes
    name: str
    version: str | None = None


class Web(Protocol):
    """Fetches links that people or documents name, and trusts none of them. Thread-safe."""

    def fetch(self, url: str, *, known: str | None = None) -> Fetched | None:
        """Return what a public link leads to; None if the version that is known is still the present one.

        Raises LinkRefused (it may not be fetched, or leads to nothing that is read) and SourceUnavailable (not now).
        """
