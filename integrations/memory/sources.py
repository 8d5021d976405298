"""Sources and their items, in a process that forgets them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from bot.domain.conversation import PersonId, Space
from bot.domain.documents import DocumentId
from bot.domain.sources import Item, Source, SourceId, SourceKind, SourceState, Tally
from bot.ports.clock import Clock
from integrations.memory.library import InMemoryLibrary

SOONEST_AGAIN = 1_800.0


@dataclass(slots=True)
class _Row:
    source: Source
    every: float | None
    due: float | None
    leased_until: float = 0.0
    last_run: float | None = None
    tally: Tally = field(default_factory=Tally)
    trouble: str | None = None
    items: dict[str, tuple[Item, int]] = field(default_factory=dict)


class InMemorySourceBook:
    """`SourceBook` over an InMemoryLibrary, which says what documents there are."""

    def __init__(self, library: InMemoryLibrary, clock: Clock) -> None:
        self._library = library
        self._clock = clock
        self._rows: dict[SourceId, _Row] = {}
        self._numbers = count(1)

    def keep(
        self, location: str, *, kind: SourceKind, space: Space, trusted: bool, every: float | None, by: PersonId
    ) -> SourceId:
        """Keep a source, once a space and location."""
        with self._library.lock:
            due = None if every is None else self._clock.now()
            for number, row in self._rows.items():
                if (row.source.location, row.source.space) == (location, space):
                    row.source = replace(row.source, kind=kind, trusted=trusted)
                    row.every, row.due = (row.every, row.due) if every is None else (every, due)
                    return number
            number = SourceId(next(self._numbers))
            self._rows[number] = _Row(Source(number, kind, location, space, trusted), every, due)
            return number

    def states(self, spaces: Sequence[Space] | None = None) -> list[SourceState]:
        """List the sources of these spaces."""
        with self._library.lock:
            rows = [row for row in self._rows.values() if spaces is None or row.source.space in spaces]
            return [
                SourceState(
                    row.source,
                    documents=sum(item.document is not None for item in self.items(row.source).values()),
                    every=row.every,
                    last_run=row.last_run,
                    next_run=row.due,
                    tally=row.tally,
                    trouble=row.trouble,
                    at_work=row.leased_until > self._clock.now(),
                )
                for row in rows
            ]

    def waiting(self) -> bool:
        """Tell whether a source is due and nobody looks at it."""
        with self._library.lock:
            return bool(self._due())

    def claim(self, *, seconds: float, number: SourceId | None = None) -> Source | None:
        """Take a source for so long."""
        with self._library.lock:
            named = [row for row in self._rows.values() if row.source.id == number]
            for row in named if number is not None else self._due():
                row.leased_until = self._clock.now() + seconds
                row.source = replace(row.source, run=row.source.run + 1)
                return row.source
        return None

    def items(self, source: Source) -> dict[str, Item]:
        """Return what was read from it, by name; a document that was forgotten took its item along."""
        with self._library.lock:
            row = self._rows[source.id]
            there = {one.id for one in self._library.documents([source.space])}
            return {
                name: item for name, (item, _) in row.items.items() if item.document is None or item.document in there
            }

    def note(self, source: Source, name: str, *, version: str | None, trouble: str | None, seconds: float) -> bool:
        """Keep what became of an item, and the claim; False if it was lost."""
        with self._library.lock:
            row = self._rows.get(source.id)
            if row is None or row.source.run != source.run:
                return False
            row.leased_until = self._clock.now() + seconds
            document = next((one.id for one in self._library.documents([source.space]) if one.source == name), None)
            row.items[name] = Item(name, version, document, trouble), source.run
            return True

    def unseen(self, source: Source) -> list[Item]:
        """Return the items that this look did not note, by name."""
        with self._library.lock:
            if source.id not in self._rows or self._rows[source.id].source.run != source.run:
                return []
            runs = {name: run for name, (_, run) in self._rows[source.id].items.items()}
            return [item for name, item in sorted(self.items(source).items()) if runs[name] < source.run]

    def drop(self, source: Source, name: str) -> None:
        """Forget an item."""
        with self._library.lock:
            self._rows[source.id].items.pop(name, None)

    def shared(self, source: Source, document: DocumentId) -> bool:
        """Tell whether another source holds this document, too."""
        with self._library.lock:
            others = [row.source for row in self._rows.values() if row.source.id != source.id]
            return any(item.document == document for other in others for item in self.items(other).values())

    def settle(self, source: Source, tally: Tally, *, trouble: str | None, jitter: float) -> None:
        """End the look."""
        with self._library.lock:
            row = self._rows.get(source.id)
            if row is None or row.source.run != source.run:
                return
            now = self._clock.now()
            row.leased_until, row.last_run, row.tally, row.trouble = 0.0, now, tally, trouble
            if row.every is not None:
                row.due = now + jitter * (min(row.every, SOONEST_AGAIN) if trouble else row.every)

    def forget(self, number: SourceId) -> bool:
        """Forget a source and its items."""
        with self._library.lock:
            return self._rows.pop(number, None) is not None

    def _due(self) -> list[_Row]:
        now = self._clock.now()
        due = [(row.due, row) for row in self._rows.values() if row.due is not None and row.due <= now]
        return [row for _, row in sorted(due, key=lambda one: one[0]) if self._free(row)]

    def _free(self, row: _Row) -> bool:
        return row.leased_until <= self._clock.now()
