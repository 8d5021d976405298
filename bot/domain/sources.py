"""What documents are read from again and again, and how that went."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from bot.domain.conversation import Space
from bot.domain.documents import DocumentId

SourceId = NewType("SourceId", int)


class SourceKind(StrEnum):
    """How a source is read."""

    FOLDER = "folder"
    GIT = "git"
    WEB = "web"
    """A page, a sitemap, or a list of links (of the web, or in a file here)."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source. location: a path or an address. run: which look at it this is.

    trusted: given in a shell by the operator, so that it may be of this machine or its network; else only of the public
    Internet.
    """

    id: SourceId
    kind: SourceKind
    location: str
    space: Space
    trusted: bool = True
    run: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One document of a source. version: for asking whether it changed; trouble: why it was not read the last time."""

    name: str
    version: str | None = None
    document: DocumentId | None = None
    trouble: str | None = None


@dataclass(slots=True)
class Tally:
    """What one look at a source came to, in documents."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    refused: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source as people see it. Times in seconds since the epoch; every: seconds, None = only when asked."""

    source: Source
    documents: int
    every: float | None = None
    last_run: float | None = None
    next_run: float | None = None
    tally: Tally = field(default_factory=Tally)
    trouble: str | None = None
    at_work: bool = False
