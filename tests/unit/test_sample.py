"""The sample handbook comes whole, however its loading is cut off, and only where nothing else is known."""

import pytest

from bot.application.indexing import add
from bot.domain.conversation import WORKSPACE
from bot.domain.errors import EncoderUnavailable
from integrations.memory.library import InMemoryLibrary
from integrations.memory.models import WordAnalyser
from workers.sample import complete, pages

PAGES = len(list(pages()))


class Tiring(WordAnalyser):
    """Is away after so many texts have been analysed."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.calls = calls

    def analyse(self, texts):  # type: ignore[no-untyped-def]
        self.calls -= 1
        if self.calls < 0:
            raise EncoderUnavailable("away")
        return super().analyse(texts)


def documents(library: InMemoryLibrary) -> list[str]:
    return [one.source for one in library.documents([WORKSPACE])]


@pytest.mark.parametrize("read", [0, 1, PAGES - 1])
def test_what_was_cut_off_is_completed_at_the_next_start(read: int) -> None:
    library = InMemoryLibrary()
    with pytest.raises(EncoderUnavailable):
        complete(library, Tiring(read))
    assert len(documents(library)) == read
    assert complete(library, WordAnalyser())
    assert len(documents(library)) == PAGES
    assert all(one.sample for one in library.documents([WORKSPACE]))
    assert not complete(library, WordAnalyser()), "it is there whole"


def test_beside_documents_of_the_team_nothing_is_loaded() -> None:
    library = InMemoryLibrary()
    complete(library, WordAnalyser())
    add("# A\n\nText.", source="/a.md", fallback_title="a", library=library, analyser=WordAnalyser())
    assert not complete(library, WordAnalyser())
    assert documents(library) == ["/a.md"]


def test_a_page_that_was_removed_stays_away() -> None:
    library = InMemoryLibrary()
    complete(library, WordAnalyser())
    (second,) = [one for one in library.documents([WORKSPACE]) if one.source == list(pages())[1][0]]
    library.remove(second.id, [WORKSPACE])
    assert not complete(library, WordAnalyser())
    assert len(documents(library)) == PAGES - 1
