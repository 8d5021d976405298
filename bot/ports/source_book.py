"""The sources Maru keeps in step with, and what it read from each."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.conversation import PersonId, Space
from bot.domain.documents import DocumentId
from bot.domain.sources import Item, Source, SourceId, SourceKind, SourceState, Tally


class SourceBook(Protocol):
    """Sources and their items. A look at a source is claimed for a time, renewed with every item that is noted."""

    def keep(
        self, location: str, *, kind: SourceKind, space: Space, trusted: bool, every: float | None, by: PersonId
    ) -> SourceId:
        """Keep a source, once a space and location; again changes its schedule, if one is given (then it is due)."""

    def states(self, spaces: Sequence[Space] | None = None) -> list[SourceState]:
        """List the sources of these spaces (None: all) in the order of their numbers."""

    def waiting(self) -> bool:
        """Tell whether a source is due and nobody looks at it."""

    def claim(self, *, seconds: float, number: SourceId | None = None) -> Source | None:
        """Take the source that is due longest and that nobody looks at; or this one, from whoever looks at it.

        None where there is none. Whoever lost a claim changes the book no more.
        """

    def items(self, source: Source) -> dict[str, Item]:
        """Return what was read from it, by name."""

    def note(self, source: Source, name: str, *, version: str | None, trouble: str | None, seconds: float) -> bool:
        """Keep what became of an item in this look, and the claim for so long; False if it was lost.

        Its document is the library's of that name, if there is one.
        """

    def unseen(self, source: Source) -> list[Item]:
        """Return the items that this look did not note; none if the claim was lost."""

    def drop(self, source: Source, name: str) -> None:
        """Forget an item."""

    def shared(self, source: Source, document: DocumentId) -> bool:
        """Tell whether another source holds this document, too."""

    def settle(self, source: Source, tally: Tally, *, trouble: str | None, jitter: float) -> None:
        """End the look: the next is due after `every` seconds times jitter, after trouble within half an hour."""

    def forget(self, number: SourceId) -> bool:
        """Forget a source and its items, not its documents; False if there is none."""
