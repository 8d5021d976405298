"""`maru kb add PATH…`: documents from files, with progress."""

import os
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console as Screen
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.application.indexing import LARGEST_DOCUMENT, Outcome, add, read, too_large
from bot.domain.conversation import WORKSPACE
from bot.domain.errors import DocumentRefused
from bot.ports.analyser import Analyser
from bot.ports.doorbell import Bell
from bot.ports.library import Library
from workers import reach
from workers.bootstrap.console import Console, open_console
from workers.bootstrap.models import build_models
from workers.chat import PERSON
from workers.settings import Settings

SUFFIXES = frozenset({".md", ".markdown", ".txt", ".text", ".rst", ""})
"""What a folder is searched for; a file that is named itself is read whatever it is called."""

EMBEDDING_LOOK_SECONDS = 0.5


def add_paths(settings: Settings, paths: Sequence[Path]) -> int:
    """Index files and folders and print one line for each that was refused; exit code 1 if any was.

    What was asked for is written to the audit table, one line a path.
    """
    found, refused = [one for path in paths for one in _found(path)], 0
    counts = dict.fromkeys(Outcome, 0)
    models = build_models(settings)
    with open_console(settings) as console, _progress(Screen(stderr=True)) as progress:
        sampled = any(one.sample for one in console.library.documents([WORKSPACE], limit=1))
        for path in paths:
            console.audit.record(person=PERSON, action="kb add", allowed=True, detail=_written(path)[:500])
        task = progress.add_task("reading", total=len(found))
        for one in found:
            try:
                counts[_add_file(one, console=console, analyser=models.analyser)] += 1
            except DocumentRefused as refusal:
                refused += 1
                progress.console.print(str(refusal), markup=False, highlight=False, soft_wrap=True)
            progress.advance(task)
        if counts[Outcome.ADDED] or counts[Outcome.REPLACED]:
            console.doorbell.ring(Bell.INDEXING)
            if reach.served(settings, "indexing"):
                _follow_embedding(console.library, models.embedder.model, progress)
            else:
                progress.console.print("Found by their words already; embedding begins once a worker runs.")
    summary = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "nothing added"
    print(f"{summary}{f', {refused} refused' if refused else ''}.")
    if sampled and counts[Outcome.ADDED]:
        print("The sample handbook is gone now: Maru answers from your documents.")
    return 1 if refused else 0


def _written(path: Path) -> str:
    return str(path.absolute()).encode("utf-8", "backslashreplace").decode()


def _found(path: Path) -> Iterator[Path | DocumentRefused]:
    """Yield a file, or a folder's files in order; the refusal in place of what may not be looked into."""
    try:
        folder = path.is_dir()
    except OSError as error:  # a part of it may not be entered, or its name is too long
        yield _unreadable(path, error)
        return
    if folder:
        yield from _in_folder(path)
    else:
        yield path


def _in_folder(folder: Path) -> Iterator[Path | DocumentRefused]:
    closed: list[OSError] = []
    files: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [Path(place, name) for name in names if not name.startswith(".")]
    yield from sorted(file for file in files if file.suffix.lower() in SUFFIXES and not _passed_over(file))
    yield from (_unreadable(Path(error.filename), error) for error in closed)


def _passed_over(file: Path) -> bool:
    """Tell what nobody meant by naming its folder: pipes, sockets, links to nowhere."""
    try:
        return not stat.S_ISREG(file.stat().st_mode)
    except FileNotFoundError:
        return True
    except OSError:
        return False  # its refusal says why


def _unreadable(path: Path, error: OSError) -> DocumentRefused:
    return DocumentRefused(f"{path}: skipped, {error.strerror or 'it cannot be read'}.")


def _content(path: Path) -> bytes:
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise DocumentRefused(f"{path}: skipped, this is a pipe or a device. Save what it says in a file.")
        if facts.st_size > LARGEST_DOCUMENT:
            raise too_large(str(path), facts.st_size)
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _add_file(found: Path | DocumentRefused, *, console: Console, analyser: Analyser) -> Outcome:
    if isinstance(found, DocumentRefused):
        raise found
    content = _content(found)
    return add(
        read(content, str(found)),
        source=str(found.resolve()),
        fallback_title=found.stem,
        library=console.library,
        analyser=analyser,
    ).outcome


def _follow_embedding(library: Library, model: str, progress: Progress) -> None:
    """Show how the indexing queue gets on; what is not embedded yet is found by its words already."""
    total = library.counts(model).unembedded
    task = progress.add_task("embedding", total=total)
    progress.console.print(
        "Found by their words already; embedding goes on without this command, too (Ctrl-C is safe)."
    )
    stalled = 0
    while (left := library.counts(model).unembedded) and stalled * EMBEDDING_LOOK_SECONDS < 60:
        stalled = 0 if progress.tasks[task].completed != total - left else stalled + 1
        progress.update(task, completed=total - left)
        time.sleep(EMBEDDING_LOOK_SECONDS)
    progress.update(task, completed=total - left)
    if left:
        print(f"{left} chunks still wait for their embedding; the workers go on with them.", file=sys.stderr)


def _progress(screen: Screen) -> Progress:
    return Progress(
        TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=screen
    )
