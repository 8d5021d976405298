"""A look at a source: only what changed, deletions followed, and nothing lost where something is wrong."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from bot.application.indexing import Outcome
from bot.application.sources import SIDE_BY_SIDE, Stores, forget, refresh, refresh_due
from bot.domain.conversation import WORKSPACE, PersonId
from bot.domain.documents import Kind, Page, Parsed
from bot.domain.errors import (
    DocumentRefused,
    DocumentUnreadable,
    EncoderUnavailable,
    LinkRefused,
    MaruError,
    SourceUnavailable,
)
from bot.domain.refusals import Why, sentence
from bot.domain.sources import Source, SourceId, SourceKind, Tally
from bot.ports.origin import Content, Found
from integrations.memory.clock import FrozenClock
from integrations.memory.library import InMemoryLibrary
from integrations.memory.models import WordAnalyser
from integrations.memory.sources import InMemorySourceBook

ADMIN = PersonId("console:local")


@dataclass
class Thing:
    """`Found` in memory; its text is its version."""

    name: str
    text: str | MaruError
    origin: "Shelf"

    def read(self, known: str | None) -> Content | None:
        if isinstance(self.text, MaruError):
            raise self.text
        if known == self.text:
            return None
        self.origin.read.append(self.name)
        return Content(self.text.encode(), self.name, self.text)


@dataclass
class Shelf:
    """`Origin` in memory. refusals: what its listing could not look into. fails: at the end of the listing."""

    things: dict[str, str | MaruError] = field(default_factory=dict)
    refusals: list[DocumentRefused] = field(default_factory=list)
    gone: MaruError | None = None
    fails: MaruError | None = None
    read: list[str] = field(default_factory=list)

    @contextmanager
    def look(self, source: Source) -> Iterator[Iterator[Found | DocumentRefused]]:
        if self.gone:
            raise self.gone
        yield self._listed()

    def _listed(self) -> Iterator[Found | DocumentRefused]:
        for name, text in sorted(self.things.items()):
            yield Thing(name, text, self)
        yield from self.refusals
        if self.fails:
            raise self.fails


class Pages:
    """`DocumentParser`: a page for each line."""

    def parse(self, content: bytes, *, name: str, kind: Kind) -> Parsed:
        if b"broken" in content:
            raise DocumentUnreadable(Why.CRASHED, name)
        lines = content.decode().split("\n")[1:]
        return Parsed(tuple(Page(line, at) for at, line in enumerate(lines, start=1)), unread=int(b"scan" in content))


class Wiki:
    """One source, due every hour, and everything that a look at it needs."""

    def __init__(self) -> None:
        self.clock, self.shelf, self.library, self.analyser = FrozenClock(), Shelf(), InMemoryLibrary(), WordAnalyser()
        self.book = InMemorySourceBook(self.library, self.clock)
        self.stores = Stores(
            library=self.library,
            book=self.book,
            analyser=self.analyser,
            parser=Pages(),
            origins=dict.fromkeys(SourceKind, self.shelf),
            chance=lambda: 0.5,
        )
        self.number = self.keep("/wiki")
        self.told: list[tuple[str, Outcome | None, str]] = []

    def keep(self, location: str) -> SourceId:
        return self.book.keep(location, kind=SourceKind.FOLDER, space=WORKSPACE, trusted=True, every=3_600.0, by=ADMIN)

    def look(self, things: Mapping[str, str | MaruError] | None = None, number: SourceId | None = None) -> Tally:
        if things is not None:
            self.shelf.things = dict(things)
        self.shelf.read.clear()
        self.told.clear()
        source = self.book.claim(seconds=60, number=number or self.number)
        assert source is not None
        return refresh(source, self.stores, tell=lambda *words: self.told.append(words))

    def documents(self) -> list[str]:
        return sorted(one.source for one in self.library.documents([WORKSPACE]))

    def trouble(self) -> str | None:
        return self.book.states()[0].trouble


@pytest.fixture
def wiki() -> Wiki:
    return Wiki()


class TestStep:
    def test_only_what_changed_and_what_is_gone(self, wiki: Wiki) -> None:
        assert wiki.look({"a.md": "one", "b.md": "two", "c.md": "three"}) == Tally(added=3)
        assert wiki.look() == Tally(unchanged=3)
        assert wiki.shelf.read == []
        assert wiki.look({"a.md": "one", "b.md": "new", "d.md": "four"}) == Tally(
            added=1, replaced=1, unchanged=1, removed=1
        )
        assert wiki.shelf.read == ["b.md", "d.md"]
        assert wiki.documents() == ["a.md", "b.md", "d.md"]

    def test_files_with_pages_keep_them(self, wiki: Wiki) -> None:
        assert wiki.look({"a.pdf": "%PDF-1.7\nfirst\nsecond scan"}) == Tally(added=1)
        chunks = [chunk.chunk for _, chunk in wiki.library.readable([WORKSPACE])]
        assert [(chunk.text, chunk.page) for chunk in chunks] == [("first", 1), ("second scan", 2)]
        assert wiki.told == [
            (
                "a.pdf",
                Outcome.ADDED,
                sentence(Why.PARTLY_SCANNED, "en", name="a.pdf", pages=1),
            )
        ]

    def test_many_are_read_side_by_side_and_told_in_order(self, wiki: Wiki) -> None:
        names = [f"{number:02}.md" for number in range(SIDE_BY_SIDE * 10)]
        assert wiki.look({name: f"text {name}" for name in names}) == Tally(added=len(names))
        assert [name for name, *_ in wiki.told] == names

    def test_a_document_that_was_there_before_the_source_is_followed_too(self, wiki: Wiki) -> None:
        other = wiki.keep("/other")
        wiki.look({"a.md": "one", "b.md": "two"})
        assert wiki.look({"a.md": "one", "b.md": "two"}, number=other) == Tally(unchanged=2)
        assert forget(wiki.number, wiki.stores) == 0
        assert wiki.documents() == ["a.md", "b.md"]
        assert wiki.look({"a.md": "one"}, number=other) == Tally(unchanged=1, removed=1)
        assert wiki.documents() == ["a.md"]

    def test_a_document_that_somebody_forgot_comes_back(self, wiki: Wiki) -> None:
        wiki.look({"a.md": "one", "b.md": "two"})
        (number,) = [one.id for one in wiki.library.documents([WORKSPACE]) if one.source == "a.md"]
        wiki.library.remove(number, [WORKSPACE])
        assert wiki.look() == Tally(added=1, unchanged=1)


class TestRefusals:
    def test_one_bad_file_costs_itself_only(self, wiki: Wiki) -> None:
        assert wiki.look({"a.md": "one", "b.pdf": "%PDF-1.7\nbroken", "c.docx": "no zip", "d.md": "#"}) == Tally(
            added=1, refused=3
        )
        assert [words.partition(":")[0] for _, outcome, words in wiki.told if outcome is None] == [
            "b.pdf",
            "c.docx",
            "d.md",
        ]

    def test_it_is_tried_again_each_time_and_told_each_time(self, wiki: Wiki) -> None:
        wiki.look({"b.pdf": "%PDF-1.7\nbroken", "c.md": "one"})
        assert wiki.look() == Tally(unchanged=1, refused=1)
        assert wiki.shelf.read == ["b.pdf"]

    def test_what_was_good_is_kept_where_its_new_form_is_bad(self, wiki: Wiki) -> None:
        wiki.look({"a.pdf": "%PDF-1.7\ngood"})
        assert wiki.look({"a.pdf": "%PDF-1.7\nbroken"}) == Tally(refused=1)
        assert wiki.documents() == ["a.pdf"]
        assert wiki.look({"a.pdf": "%PDF-1.7\ngood"}) == Tally(unchanged=1)

    def test_a_page_that_does_not_answer_is_kept_and_one_that_is_gone_is_not(self, wiki: Wiki) -> None:
        wiki.look({"a.md": "one", "b.md": "two", "c.md": "three"})
        away, gone = SourceUnavailable(Why.OVERLOADED, "a.md", status=503), LinkRefused(Why.GONE, "b.md", status=404)
        assert wiki.look({"a.md": away, "b.md": gone, "c.md": "three"}) == Tally(unchanged=1, refused=2, removed=1)
        assert wiki.documents() == ["a.md", "c.md"]

    def test_a_corner_that_may_not_be_looked_into_removes_nothing(self, wiki: Wiki) -> None:
        wiki.look({"a.md": "one", "deep/b.md": "two"})
        wiki.shelf.refusals = [DocumentRefused("/wiki/deep: skipped, Permission denied.")]
        assert wiki.look({"a.md": "one"}) == Tally(unchanged=1, refused=1)
        assert wiki.documents() == ["a.md", "deep/b.md"]
        wiki.shelf.refusals = []
        assert wiki.look() == Tally(unchanged=1, removed=1)


class TestTrouble:
    def test_a_source_that_is_gone_keeps_its_documents(self, wiki: Wiki) -> None:
        wiki.look({"a.md": "one"})
        wiki.shelf.gone = SourceUnavailable(Why.VANISHED, "/wiki", reason="No such file or directory")
        with pytest.raises(SourceUnavailable):
            wiki.look()
        assert wiki.documents() == ["a.md"]
        assert "What is known from it is kept" in str(wiki.trouble())
        wiki.shelf.gone = None
        assert wiki.look() == Tally(unchanged=1)
        assert wiki.trouble() is None

    def test_a_listing_that_breaks_off_removes_nothing(self, wiki: Wiki) -> None:
        wiki.look({"a.md": "one", "b.md": "two"})
        wiki.shelf.fails = SourceUnavailable(Why.SILENT, "/wiki", reason="cut")
        with pytest.raises(SourceUnavailable):
            wiki.look({"a.md": "one"})
        assert wiki.documents() == ["a.md", "b.md"]

    def test_where_everything_is_gone_everything_is_kept(self, wiki: Wiki) -> None:
        wiki.look({"a.md": "one", "b.md": "two"})
        with pytest.raises(SourceUnavailable, match="nothing is there any more, where 2 documents were"):
            wiki.look({})
        assert wiki.documents() == ["a.md", "b.md"]
        assert wiki.trouble() is not None

    def test_what_is_done_stays_done_and_the_next_look_goes_on(self, wiki: Wiki) -> None:
        away = EncoderUnavailable("The encoder is away.")
        wiki.shelf.things = {f"{name}.md": f"text {name}" for name in "abcdef"}
        source = wiki.book.claim(seconds=60, number=wiki.number)
        assert source is not None

        def tell(name: str, *_: object) -> None:
            if name == "b.md":
                wiki.analyser.failures.append(away)

        with pytest.raises(EncoderUnavailable):
            refresh(source, wiki.stores, tell=tell)
        assert wiki.documents() == ["a.md", "b.md"]
        assert wiki.look() == Tally(added=4, unchanged=2)

    def test_a_look_that_died_is_taken_over_when_its_claim_ends(self, wiki: Wiki) -> None:
        wiki.shelf.things = {"a.md": "one"}
        assert wiki.book.claim(seconds=60, number=wiki.number) is not None
        assert list(refresh_due(wiki.stores)) == []
        wiki.clock.advance(61)
        assert len(list(refresh_due(wiki.stores))) == 1
        assert wiki.documents() == ["a.md"]


class TestSchedule:
    def test_what_is_due_is_looked_at_and_again_in_time(self, wiki: Wiki) -> None:
        wiki.shelf.things = {"a.md": "one"}
        assert [one.location for one in refresh_due(wiki.stores)] == ["/wiki"]
        wiki.shelf.things["b.md"] = "two"
        assert list(refresh_due(wiki.stores)) == []
        wiki.clock.advance(3_601)
        assert len(list(refresh_due(wiki.stores))) == 1
        assert wiki.documents() == ["a.md", "b.md"]

    def test_one_in_trouble_holds_no_other_up(self, wiki: Wiki) -> None:
        wiki.shelf.gone = SourceUnavailable(Why.VANISHED, "/wiki", reason="gone")
        wiki.keep("/other")
        assert [one.location for one in refresh_due(wiki.stores)] == ["/wiki", "/other"]
        assert all(one.trouble for one in wiki.book.states())

    @pytest.mark.parametrize(("chance", "seconds"), [(0.0, 3_240), (1.0, 3_960)])
    def test_sources_do_not_stay_together(self, wiki: Wiki, chance: float, seconds: int) -> None:
        wiki.stores = Stores(
            library=wiki.library,
            book=wiki.book,
            analyser=wiki.analyser,
            parser=Pages(),
            origins=wiki.stores.origins,
            chance=lambda: chance,
        )
        wiki.look({"a.md": "one"})
        (state,) = wiki.book.states()
        assert state.next_run is not None
        assert round(state.next_run - wiki.clock.now()) == seconds


class TestForgetting:
    def test_the_documents_go_too(self, wiki: Wiki) -> None:
        wiki.look({"a.md": "one", "b.md": "two"})
        assert forget(wiki.number, wiki.stores) == 2
        assert wiki.documents() == []
        assert forget(wiki.number, wiki.stores) is None

    def test_a_look_that_was_superseded_ends_and_removes_nothing(self, wiki: Wiki) -> None:
        wiki.look({"a.md": "one", "b.md": "two"})
        slow = wiki.book.claim(seconds=60, number=wiki.number)
        assert slow is not None
        assert wiki.look() == Tally(unchanged=2)
        wiki.shelf.things = {"a.md": "one"}
        with pytest.raises(SourceUnavailable, match="another look at this source began"):
            refresh(slow, wiki.stores)
        assert wiki.documents() == ["a.md", "b.md"]
        assert wiki.trouble() is None
