"""`maru kb add PLACE…`: documents from files, folders, links and repositories, with progress."""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console as Screen
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.application.indexing import Outcome, add
from bot.application.reading import parsed
from bot.application.sources import LEASE_SECONDS, Stores, refresh, scanned
from bot.domain.conversation import WORKSPACE, Space
from bot.domain.errors import DocumentRefused, LinkRefused, SourceUnavailable
from bot.domain.refusals import Why
from bot.domain.sources import SourceId, SourceKind
from bot.ports.doorbell import Bell
from bot.ports.library import Library
from integrations.files.folder import FoundFile, unreadable
from integrations.web.git import is_repository
from integrations.web.pages import lists_links
from workers import reach
from workers.bootstrap.console import Console, open_console
from workers.bootstrap.knowledge import stores
from workers.bootstrap.models import build_models
from workers.chat import PERSON
from workers.settings import Settings

EMBEDDING_LOOK_SECONDS = 0.5
LONGEST_LIST = 1_000_000


class Round:
    """One command's way through what it was given: it prints what was refused, and counts."""

    def __init__(self, stores: Stores, progress: Progress) -> None:
        self.counts: Counter[str] = Counter()
        self.refused = 0
        self._stores = stores
        self._progress = progress
        self._task = progress.add_task("reading", total=None)

    def tell(self, name: str, outcome: Outcome | None, words: str) -> None:
        """Count one document, and say what is to be said of it."""
        self._progress.advance(self._task)
        if outcome is None:
            self.refused += 1
        else:
            self.counts[outcome] += 1
        if words:
            self._progress.console.print(words, markup=False, highlight=False, soft_wrap=True)

    def look(self, number: SourceId, location: str) -> None:
        """Look at a source now."""
        source = self._stores.book.claim(seconds=LEASE_SECONDS, number=number)
        if source is None:  # somebody forgot it this very moment
            self.tell("", None, str(SourceUnavailable(Why.VANISHED, location, reason="the source was forgotten")))
            return
        try:
            self.counts["removed"] += refresh(source, self._stores, tell=self.tell).removed
        except (DocumentRefused, SourceUnavailable) as trouble:
            self.tell("", None, str(trouble))
            if source.run == 1 and not self._stores.book.items(source):
                self._stores.book.forget(number)  # it never was one: a link that leads nowhere, a mistyped address

    def file(self, path: Path, space: Space) -> None:
        """Read one file that was named itself."""
        found = FoundFile(path, str(path.resolve()))
        content = found.read(None)
        assert content is not None, "no version was named"
        pages = parsed(content.data, name=str(path), parser=self._stores.parser)
        done = add(
            pages.pages,
            source=found.name,
            fallback_title=pages.title or path.stem,
            library=self._stores.library,
            analyser=self._stores.analyser,
            space=space,
        )
        self.tell(found.name, done.outcome, scanned(str(path), pages))

    def summary(self) -> str:
        """Return what it came to, on one line."""
        names = [*Outcome, "removed"]
        told = [f"{self.counts[name]} {name}" for name in names if self.counts[name]] or ["nothing added"]
        return f"{', '.join(told)}{f', {self.refused} refused' if self.refused else ''}."


def add_paths(
    settings: Settings, places: Sequence[str | Path], *, space: Space = WORKSPACE, every: float | None = None
) -> int:
    """Index what is named and print one line for each that was refused; exit code 1 if any was.

    Folders, links and repositories become sources, which are looked at again every so many seconds, or when asked. What
    was asked for is written to the audit table, one line a place.
    """
    with rounds(settings) as (round_, console):
        sampled = any(one.sample for one in console.library.documents([WORKSPACE], limit=1))
        for place in places:
            console.audit.record(person=PERSON, action="kb add", allowed=True, detail=_written(place)[:500])
        for place in places:
            _add(os.fspath(place), round_, console, space=space, every=every)
    print(round_.summary())
    if sampled and round_.counts[Outcome.ADDED]:
        print("The sample handbook is gone now: Maru answers from your documents.")
    return 1 if round_.refused else 0


@contextmanager
def rounds(settings: Settings) -> Iterator[tuple[Round, Console]]:
    """Lend a round with its progress; its end sees to the embedding of what changed."""
    models = build_models(settings)
    with open_console(settings) as console, _progress(Screen(stderr=True)) as progress:
        round_ = Round(stores(library=console.library, book=console.book, analyser=models.analyser), progress)
        yield round_, console
        if round_.counts[Outcome.ADDED] or round_.counts[Outcome.REPLACED]:
            console.doorbell.ring(Bell.INDEXING)
            if reach.served(settings, "indexing"):
                _follow_embedding(console.library, models.embedder.model, progress)
            else:
                progress.console.print("Found by their words already; embedding begins once a worker runs.")


def _add(place: str, round_: Round, console: Console, *, space: Space, every: float | None) -> None:
    try:
        if kind := _kind(place):
            location = place if kind is SourceKind.GIT or _link(place) else str(Path(place).resolve())
            number = console.book.keep(location, kind=kind, space=space, trusted=True, every=every, by=PERSON)
            round_.look(number, location)
        else:
            round_.file(Path(place), space)
            if every:
                print(f"{place}: read this once; --every is for folders, links and repositories.", file=sys.stderr)
    except DocumentRefused as refusal:
        round_.tell(place, None, str(refusal))


def _kind(place: str) -> SourceKind | None:
    """Return what kind of source a place is, None for a file. Raises DocumentRefused where it may not be looked at."""
    if is_repository(place):
        return SourceKind.GIT
    if _link(place):
        return SourceKind.WEB
    if "://" in place:
        raise LinkRefused(Why.NO_LINK, place)
    path = Path(place)
    try:
        if path.is_dir():
            return SourceKind.FOLDER
        if path.suffix.lower() in ("", ".txt") and path.is_file():
            with path.open("rb") as opened:
                begin = opened.read(LONGEST_LIST)
            return SourceKind.WEB if lists_links(begin.decode("utf-8", "replace")) else None
    except OSError as error:  # a part of it may not be entered, or its name is too long
        raise unreadable(path, error) from error
    return None


def _link(place: str) -> bool:
    return place.lower().startswith(("http://", "https://"))


def _written(place: str | Path) -> str:
    told = os.fspath(place) if "://" in os.fspath(place) else str(Path(place).absolute())
    return told.encode("utf-8", "backslashreplace").decode()


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
