"""Documents of folders, and of single files, of this machine."""

import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bot.domain.errors import DocumentRefused, DocumentUnreadable, SourceUnavailable
from bot.domain.refusals import Why
from bot.domain.sources import Source
from bot.ports.origin import Content, Found

LARGEST_FILE = 50_000_000
"""Bytes. Of text far less is read; a PDF is mostly pictures."""

PASSED_OVER = frozenset({"node_modules", "__pycache__"})


@dataclass(frozen=True, slots=True)
class FoundFile:
    """`Found`: a file. path: where it is; name: what it is called in the library."""

    path: Path
    name: str

    def read(self, known: str | None) -> Content | None:
        """Return the content, None if its digest is the known one. Raises DocumentRefused."""
        try:
            facts = self.path.stat()
            if not stat.S_ISREG(facts.st_mode):
                raise DocumentRefused(f"{self.path}: skipped, this is a pipe or a device. Save what it says in a file.")
            if facts.st_size > LARGEST_FILE:
                raise DocumentUnreadable(Why.TOO_LARGE, str(self.path), megabytes=LARGEST_FILE // 1_000_000)
            data = self.path.read_bytes()
        except OSError as error:
            raise unreadable(self.path, error) from error
        version = sha256(data).hexdigest()
        return None if version == known else Content(data, str(self.path), version)


class Folders:
    """`Origin`: the files of a folder with endings that are read; hidden ones are left out."""

    def __init__(self, endings: Collection[str]) -> None:
        self._endings = endings

    @contextmanager
    def look(self, source: Source) -> Iterator[Iterator[Found | DocumentRefused]]:
        """Yield the files in order. Raises SourceUnavailable where the folder is gone."""
        place = Path(source.location)
        try:
            gone = None if place.is_dir() else "it is no folder here any more"
        except OSError as error:
            gone = error.strerror or str(error)
        if gone:
            raise SourceUnavailable(Why.VANISHED, source.location, reason=gone)
        yield self._files(place)

    def _files(self, place: Path) -> Iterator[Found | DocumentRefused]:
        for found in files(place, self._endings):
            yield FoundFile(found, str(found.resolve())) if isinstance(found, Path) else found


def files(folder: Path, endings: Collection[str]) -> Iterator[Path | DocumentRefused]:
    """Yield a folder's files in order, and then the refusals of what may not be looked into."""
    closed: list[OSError] = []
    found: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in PASSED_OVER]
        found += [Path(place, name) for name in names if not name.startswith(".")]
    yield from sorted(file for file in found if file.suffix.lower() in endings and not _passed_over(file))
    yield from (unreadable(Path(error.filename), error) for error in closed)


def unreadable(path: Path, error: OSError) -> DocumentRefused:
    """Return the refusal of what the system does not let us read."""
    return DocumentRefused(f"{path}: skipped, {error.strerror or 'it cannot be read'}.")


def _passed_over(file: Path) -> bool:
    """Tell what nobody meant by naming its folder: pipes, sockets, links to nowhere."""
    try:
        return not stat.S_ISREG(file.stat().st_mode)
    except FileNotFoundError:
        return True
    except OSError:
        return False  # its refusal says why
