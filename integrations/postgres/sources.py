"""Sources and their items: tables source and source_item."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bot.domain.conversation import PersonId, Space
from bot.domain.documents import DocumentId
from bot.domain.sources import Item, Source, SourceId, SourceKind, SourceState, Tally
from integrations.postgres.pool import Pool, borrowed
from integrations.postgres.statements import statement

_KEEP = statement("source_keep")
_STATES = statement("source_states")
_CLAIM = statement("source_claim")
_NOTE = statement("source_note")
_SETTLE = statement("source_settle")
_WAITING = """
SELECT EXISTS (SELECT FROM source WHERE due_at <= clock_timestamp()
               AND (leased_until IS NULL OR leased_until <= clock_timestamp()))
"""
_ITEMS = "SELECT name, version, document, trouble FROM source_item WHERE source = %s"
_UNSEEN = f"{_ITEMS} AND run < %s AND EXISTS (SELECT FROM source WHERE id = %s AND run = %s) ORDER BY name"
_SHARED = "SELECT EXISTS (SELECT FROM source_item WHERE document = %s AND source <> %s)"


class PostgresSourceBook:
    """`SourceBook` over tables source and source_item."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def keep(
        self, location: str, *, kind: SourceKind, space: Space, trusted: bool, every: float | None, by: PersonId
    ) -> SourceId:
        """Keep a source, once a space and location."""
        values = {
            "kind": kind,
            "location": location,
            "space": space,
            "trusted": trusted,
            "every": every,
            "by": by,
        }
        with borrowed(self._pool) as connection:
            row = connection.execute(_KEEP, values).fetchone()
        assert row is not None, "an upsert returns its row"
        return SourceId(row[0])

    def states(self, spaces: Sequence[Space] | None = None) -> list[SourceState]:
        """List the sources of these spaces."""
        with borrowed(self._pool) as connection:
            rows = connection.execute(_STATES, {"spaces": None if spaces is None else list(spaces)}).fetchall()
        return [
            SourceState(
                _source(row[:6]),
                documents=row[6],
                every=row[7],
                last_run=row[8],
                next_run=row[9],
                tally=Tally(**row[10]),
                trouble=row[11],
                at_work=row[12],
            )
            for row in rows
        ]

    def waiting(self) -> bool:
        """Tell whether a source is due and nobody looks at it."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_WAITING).fetchone()
        return bool(row and row[0])

    def claim(self, *, seconds: float, number: SourceId | None = None) -> Source | None:
        """Take a source for so long."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_CLAIM, {"seconds": seconds, "number": number}).fetchone()
        return _source(row) if row else None

    def items(self, source: Source) -> dict[str, Item]:
        """Return what was read from it, by name."""
        with borrowed(self._pool) as connection:
            return {row[0]: _item(row) for row in connection.execute(_ITEMS, (source.id,))}

    def note(self, source: Source, name: str, *, version: str | None, trouble: str | None, seconds: float) -> bool:
        """Keep what became of an item, and the claim; False if it was lost."""
        values = {
            "source": source.id,
            "space": source.space,
            "run": source.run,
            "name": name,
            "version": version,
            "trouble": trouble,
            "seconds": seconds,
        }
        with borrowed(self._pool) as connection:
            return connection.execute(_NOTE, values).rowcount > 0

    def unseen(self, source: Source) -> list[Item]:
        """Return the items that this look did not note, by name."""
        with borrowed(self._pool) as connection:
            mine = (source.id, source.run)
            return [_item(row) for row in connection.execute(_UNSEEN, mine * 2)]

    def drop(self, source: Source, name: str) -> None:
        """Forget an item."""
        with borrowed(self._pool) as connection:
            connection.execute("DELETE FROM source_item WHERE source = %s AND name = %s", (source.id, name))

    def shared(self, source: Source, document: DocumentId) -> bool:
        """Tell whether another source holds this document, too."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_SHARED, (document, source.id)).fetchone()
        return bool(row and row[0])

    def settle(self, source: Source, tally: Tally, *, trouble: str | None, jitter: float) -> None:
        """End the look."""
        values = {
            "source": source.id,
            "run": source.run,
            "tally": json.dumps(asdict(tally)),
            "trouble": trouble,
            "jitter": jitter,
        }
        with borrowed(self._pool) as connection:
            connection.execute(_SETTLE, values)

    def forget(self, number: SourceId) -> bool:
        """Forget a source and its items."""
        with borrowed(self._pool) as connection:
            return connection.execute("DELETE FROM source WHERE id = %s", (number,)).rowcount > 0


def _source(row: Sequence[Any]) -> Source:
    number, kind, location, space, trusted, run = row
    return Source(SourceId(number), SourceKind(kind), location, Space(space), trusted, run)


def _item(row: Sequence[Any]) -> Item:
    return Item(row[0], row[1], None if row[2] is None else DocumentId(row[2]), row[3])
