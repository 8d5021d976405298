"""Looks at a source and brings the library in step with it: only what changed, deletions included."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.application.indexing import Outcome, add
from bot.application.reading import parsed
from bot.domain.documents import Parsed
from bot.domain.errors import DocumentRefused, LinkRefused, MaruError, SourceUnavailable
from bot.domain.refusals import Why, sentence
from bot.domain.sources import Item, Source, SourceId, SourceKind, Tally
from bot.ports.analyser import Analyser
from bot.ports.document_parser import DocumentParser
from bot.ports.library import Library
from bot.ports.origin import Content, Found, Origin
from bot.ports.source_book import SourceBook

LEASE_SECONDS = 600.0
"""How long one document may take before another process may look at the source, too: that would waste, not spoil."""

SIDE_BY_SIDE = 2
"""Files that are parsed at once, each in a process of its own."""

JITTER = 0.1
"""Sources that were added together do not stay together."""

Tell = Callable[[str, Outcome | None, str], None]
"""Called with an item's name, what became of it (None: it was not read), and why or what else is to be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What a look reads and writes. chance: a number from 0 to 1, another one each time."""

    library: Library
    book: SourceBook
    analyser: Analyser
    parser: DocumentParser
    origins: Mapping[SourceKind, Origin]
    chance: Callable[[], float]


@dataclass(frozen=True, slots=True)
class _Read:
    """What came of reading one thing: its content and pages, or that nothing changed, or why not."""

    name: str
    content: Content | None = None
    parsed: Parsed | None = None
    trouble: DocumentRefused | SourceUnavailable | None = None


def nothing(name: str, outcome: Outcome | None, words: str) -> None:
    """Tell nobody."""


def refresh_due(stores: Stores) -> Iterator[Source]:
    """Look at one source after the other that is due, yielding each when it is done. Raises DatabaseUnavailable.

    A source that cannot be read is put off with its trouble; the others are looked at all the same.
    """
    while source := stores.book.claim(seconds=LEASE_SECONDS):
        with suppress(DocumentRefused, SourceUnavailable):  # it is in the book
            refresh(source, stores)
        yield source


def refresh(source: Source, stores: Stores, *, tell: Tell = nothing) -> Tally:
    """Look at a claimed source and return what it came to. What is done stays done if this is cut off.

    Raises SourceUnavailable and DocumentRefused where the source itself cannot be read, or another look took its place,
    DatabaseUnavailable, EncoderUnavailable; nothing is removed then.
    """
    tally, blind = Tally(), False
    try:
        with stores.origins[source.kind].look(source) as found:
            known = stores.book.items(source)
            for read in _side_by_side(found, known, stores.parser):
                _take(read, source, known=known, stores=stores, tally=tally, tell=tell)
                blind = blind or not read.name
        if not blind:  # what could not be looked into may hold all that is missing
            _follow_deletions(source, stores=stores, tally=tally)
    except MaruError as error:
        stores.book.settle(source, tally, trouble=str(error), jitter=_jitter(stores))
        raise
    stores.book.settle(source, tally, trouble=None, jitter=_jitter(stores))
    return tally


def forget(number: SourceId, stores: Stores) -> int | None:
    """Forget a source and the documents that only it held; returns how many, None if there is no such source.

    A look that is going on ends with its next document.
    """
    source = stores.book.claim(seconds=LEASE_SECONDS, number=number)
    if source is None:
        return None
    gone = sum(_remove(item, source, stores) for item in stores.book.items(source).values())
    stores.book.forget(number)
    return gone


def _side_by_side(
    found: Iterator[Found | DocumentRefused], known: Mapping[str, Item], parser: DocumentParser
) -> Iterator[_Read]:
    """Yield what is read in order, a few files ahead of whoever takes it."""
    with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="parse") as hands:
        ahead: deque[Future[_Read]] = deque()
        for one in found:
            if isinstance(one, DocumentRefused):
                yield _Read("", trouble=one)
                continue
            ahead.append(hands.submit(_read, one, known.get(one.name), parser))
            if len(ahead) > SIDE_BY_SIDE:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _read(found: Found, item: Item | None, parser: DocumentParser) -> _Read:
    # What was refused is read anew each time: a newer Maru may be able to.
    fresh = item is not None and item.document is not None and item.trouble is None
    try:
        content = found.read(item.version if item and fresh else None)
        if content is None:
            return _Read(found.name)
        return _Read(found.name, content, parsed(content.data, name=found.name, called=content.name, parser=parser))
    except (DocumentRefused, SourceUnavailable) as trouble:
        return _Read(found.name, trouble=trouble)


def _take(read: _Read, source: Source, *, known: Mapping[str, Item], stores: Stores, tally: Tally, tell: Tell) -> None:
    """Bring one document into the library, and note it."""
    outcome, trouble, words = Outcome.UNCHANGED, read.trouble, ""
    if read.parsed is not None:
        try:
            outcome = _added(read.name, read.parsed, source=source, stores=stores)
            words = scanned(read.name, read.parsed)
        except DocumentRefused as refusal:
            trouble = refusal
    if trouble is not None:
        tally.refused += 1
        tell(read.name, None, str(trouble))
        if not read.name or (isinstance(trouble, LinkRefused) and trouble.why is Why.GONE):
            return  # not noted: it is not there
    else:
        _count(outcome, tally)
        tell(read.name, outcome, words)
    before = known.get(read.name)
    version = read.content.version if read.content and not trouble else before.version if before else None
    told = str(trouble) if trouble else None
    if not stores.book.note(source, read.name, version=version, trouble=told, seconds=LEASE_SECONDS):
        raise SourceUnavailable(Why.BUSY, source.location)


def _added(name: str, pages: Parsed, *, source: Source, stores: Stores) -> Outcome:
    return add(
        pages.pages,
        source=name,
        fallback_title=pages.title or PurePosixPath(name).stem or name,
        library=stores.library,
        analyser=stores.analyser,
        space=source.space,
    ).outcome


def _count(outcome: Outcome, tally: Tally) -> None:
    match outcome:
        case Outcome.ADDED:
            tally.added += 1
        case Outcome.REPLACED:
            tally.replaced += 1
        case Outcome.UNCHANGED:
            tally.unchanged += 1


def scanned(name: str, pages: Parsed) -> str:
    """Return what is to be said of a document that was read in part, else nothing."""
    return sentence(Why.PARTLY_SCANNED, "en", name=name, pages=pages.unread) if pages.unread else ""


def _follow_deletions(source: Source, *, stores: Stores, tally: Tally) -> None:
    """Remove what the source holds no more; but where all of it is gone, something else is wrong.

    Raises SourceUnavailable.
    """
    unseen = stores.book.unseen(source)
    documents = sum(item.document is not None for item in unseen)
    if documents and documents == sum(item.document is not None for item in stores.book.items(source).values()):
        raise SourceUnavailable(Why.EMPTIED, source.location, known=documents)
    for item in unseen:
        tally.removed += _remove(item, source, stores)
        stores.book.drop(source, item.name)


def _remove(item: Item, source: Source, stores: Stores) -> bool:
    if item.document is None or stores.book.shared(source, item.document):
        return False
    return stores.library.remove(item.document, [source.space]) is not None


def _jitter(stores: Stores) -> float:
    return 1 + JITTER * (2 * stores.chance() - 1)
