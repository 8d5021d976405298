"""`maru kb add PATH…`: documents from files, with progress."""

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
from workers.bootstrap.console import Console, open_console
from workers.bootstrap.models import build_models
from workers.settings import Settings

SUFFIXES = frozenset({".md", ".markdown", ".txt", ".text", ".rst", ""})
"""What a folder is searched for; a file that is named itself is read whatever it is called."""

EMBEDDING_LOOK_SECONDS = 0.5


def add_paths(settings: Settings, paths: Sequence[Path]) -> int:
    """Index files and folders and print one line for each that was refused; exit code 1 if any was."""
    found, refused = list(_files(paths)), 0
    counts = dict.fromkeys(Outcome, 0)
    analyser = build_models(settings).analyser
    with open_console(settings) as console, _progress(Screen(stderr=True)) as progress:
        sampled = any(one.sample for one in console.library.documents([WORKSPACE]))
        task = progress.add_task("reading", total=len(found))
        for path in found:
            try:
                counts[_add_file(path, console=console, analyser=analyser)] += 1
            except DocumentRefused as refusal:
                refused += 1
                progress.console.print(str(refusal), markup=False, highlight=False, soft_wrap=True)
            progress.advance(task)
        if counts[Outcome.ADDED] or counts[Outcome.REPLACED]:
            console.doorbell.ring(Bell.INDEXING)
            _follow_embedding(console, progress)
    summary = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "nothing added"
    print(f"{summary}{f', {refused} refused' if refused else ''}.")
    if sampled and counts[Outcome.ADDED]:
        print("The sample handbook is gone now: Maru answers from your documents.")
    return 1 if refused else 0


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(
                file
                for file in path.rglob("*")
                if file.is_file()
                and file.suffix.lower() in SUFFIXES
                and not any(part.startswith(".") for part in file.relative_to(path).parts)
            )
        else:
            yield path


def _add_file(path: Path, *, console: Console, analyser: Analyser) -> Outcome:
    try:
        if (size := path.stat().st_size) > LARGEST_DOCUMENT:
            raise too_large(str(path), size)
        content = path.read_bytes()
    except OSError as error:
        raise DocumentRefused(f"{path}: skipped, {error.strerror or 'it cannot be read'}.") from error
    return add(
        read(content, str(path)),
        source=str(path.resolve()),
        fallback_title=path.stem,
        library=console.library,
        analyser=analyser,
    ).outcome


def _follow_embedding(console: Console, progress: Progress) -> None:
    """Show how the indexing queue gets on; what is not embedded yet is found by its words already."""
    total = console.library.counts().unembedded
    task = progress.add_task("embedding", total=total)
    progress.console.print(
        "Found by their words already; embedding goes on without this command, too (Ctrl-C is safe)."
    )
    stalled = 0
    while (left := console.library.counts().unembedded) and stalled * EMBEDDING_LOOK_SECONDS < 60:
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
