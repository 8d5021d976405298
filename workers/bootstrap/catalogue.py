"""The chat models as the models file has them now: it may change while Maru runs."""

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from bot.domain.errors import CatalogueInvalid
from bot.domain.models import ModelEntry
from bot.domain.money import DEFAULT_REFERENCE, Reference
from bot.ensemble.reference import read_reference
from bot.ensemble.roster import Roster, renewed
from bot.ports.chat_model import ServedModel
from workers.bootstrap.models import chat_entries, embedding_entry, kept_copy, models_text, parsed
from workers.settings import Settings

_Stamp = tuple[int, int]
"""Time of the last change and size: what tells one content of a file from another."""

_UNREAD, _GONE = (-1, -1), (0, 0)

_log = logging.getLogger(__name__)


class LiveCatalogue:
    """Keeps the roster as the models file says; with a wrong file it stays as it was. For one thread at a time.

    started_with: the entries at the start. make: connects one entry.
    reference: with whose prices the file compares its own.
    trouble: what is wrong with the file, for administrators; None while nothing is.
    """

    def __init__(
        self,
        settings: Settings,
        roster: Roster,
        *,
        started_with: Sequence[ModelEntry],
        reference: Reference = DEFAULT_REFERENCE,
        make: Callable[[ModelEntry], ServedModel],
    ) -> None:
        self._settings = settings
        self._roster = roster
        self._make = make
        self._embedding = embedding_entry(started_with)
        self._read: _Stamp = _UNREAD
        self._doubted: _Stamp | None = None
        self.trouble: str | None = None
        self.reference = reference

    def look(self) -> None:
        """Read the file if it is another one than before; never raises."""
        file = self._settings.models_file
        if file is None or (stamp := _stamp(file)) == self._read:
            return
        try:
            text = models_text(file)
            found = parsed(text, self._settings)
        except CatalogueInvalid as error:
            self._doubt(stamp, str(error))
            return
        self._take(found)
        self.reference = read_reference(text)
        self._read = stamp
        self._keep(text)

    def _doubt(self, stamp: _Stamp, why: str) -> None:
        """Believe that the file is wrong when it is the same at the next look: it may be written just now."""
        if stamp != self._doubted:
            self._doubted = stamp
            return
        self._read, self.trouble = stamp, why
        _log.error("models file refused, the old catalogue stays", extra={"why": why})

    def _take(self, found: tuple[ModelEntry, ...]) -> None:
        old, new = {model.entry for model in self._roster.catalogue}, set(chat_entries(found))
        self._roster.renew(renewed(self._roster.catalogue, chat_entries(found), self._make))
        self.trouble = None
        if embedding_entry(found) != self._embedding:
            self.trouble = "The models file names another embedding model: restart Maru, and it is used from then on."
        if old != new:
            came, went = ([one.name for one in some] for some in (new - old, old - new))
            _log.info("models file read anew", extra={"came": sorted(came), "went": sorted(went)})

    def _keep(self, text: str) -> None:
        """Keep a copy beside the other things of this run; without one only a restart with a wrong file is refused."""
        copy = kept_copy(self._settings)
        fresh = copy.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(copy)


def _stamp(file: Path) -> _Stamp:
    try:
        found = file.stat()
    except OSError:
        return _GONE
    return found.st_mtime_ns, found.st_size
