"""`SourceBook`: what is due is looked at by one, what was seen is known, what was not seen is told."""

from bot.domain.conversation import WORKSPACE, PersonId, Space
from bot.domain.documents import Chunk, Document, DocumentId
from bot.domain.sources import Item, Source, SourceId, SourceKind, Tally
from tests.contract.conftest import Storage

ADMIN = PersonId("console:local")
CHANNEL = Space("channel:slack:T1/C1")


def keep(
    storage: Storage, location: str = "/docs", *, every: float | None = 3_600.0, space: Space = WORKSPACE
) -> SourceId:
    return storage.sources.keep(location, kind=SourceKind.FOLDER, space=space, trusted=True, every=every, by=ADMIN)


def claim(storage: Storage, number: SourceId | None = None) -> Source:
    source = storage.sources.claim(seconds=60, number=number)
    assert source is not None
    return source


def document(storage: Storage, name: str, space: Space = WORKSPACE) -> DocumentId:
    return storage.library.replace(Document(name, name, "text", "d1", space=space), [Chunk((name,), "text")])


def settle(storage: Storage, source: Source, trouble: str | None = None) -> None:
    storage.sources.settle(source, Tally(added=1, removed=2), trouble=trouble, jitter=1.0)


class TestKeeping:
    def test_once_a_space_and_location(self, storage: Storage) -> None:
        first = keep(storage)
        assert keep(storage, every=None) == first
        assert keep(storage, space=CHANNEL) != first
        assert keep(storage, "/other") != first
        assert [one.every for one in storage.sources.states([WORKSPACE])] == [3_600.0, 3_600.0]
        assert [one.source.space for one in storage.sources.states([CHANNEL])] == [CHANNEL]
        assert len(storage.sources.states()) == 3
        assert storage.sources.states([]) == []

    def test_as_it_was_given_last(self, storage: Storage) -> None:
        keep(storage, every=None)
        storage.sources.keep("/docs", kind=SourceKind.WEB, space=WORKSPACE, trusted=False, every=60.0, by=ADMIN)
        (state,) = storage.sources.states()
        assert (state.source.kind, state.source.trusted, state.every) == (SourceKind.WEB, False, 60.0)

    def test_forgotten_with_its_items_and_not_its_documents(self, storage: Storage) -> None:
        number = keep(storage)
        document(storage, "a")
        storage.sources.note(claim(storage), "a", version="1", trouble=None, seconds=60)
        assert storage.sources.forget(number)
        assert not storage.sources.forget(number)
        assert storage.sources.states() == []
        assert storage.library.how_many([WORKSPACE]) == 1


class TestClaiming:
    def test_what_has_a_schedule_is_due_at_once_and_again_in_time(self, storage: Storage) -> None:
        keep(storage)
        assert storage.sources.waiting()
        source = claim(storage)
        assert source == Source(source.id, SourceKind.FOLDER, "/docs", WORKSPACE, True, 1)
        assert not storage.sources.waiting()
        assert storage.sources.claim(seconds=60) is None
        settle(storage, source)
        assert not storage.sources.waiting()
        storage.pass_time(3_590)
        assert not storage.sources.waiting()
        storage.pass_time(20)
        assert claim(storage).run == 2

    def test_what_has_none_is_looked_at_when_asked(self, storage: Storage) -> None:
        number = keep(storage, every=None)
        assert not storage.sources.waiting()
        source = claim(storage, number)
        settle(storage, source)
        assert not storage.sources.waiting()
        assert storage.sources.claim(seconds=60) is None
        assert claim(storage, number).run == 2
        assert storage.sources.claim(seconds=60, number=SourceId(10**15)) is None

    def test_whoever_asks_for_it_by_its_number_takes_it_over(self, storage: Storage) -> None:
        number = keep(storage)
        first = claim(storage)
        assert storage.sources.note(first, "a", version="1", trouble=None, seconds=60)
        second = claim(storage, number)
        assert not storage.sources.note(first, "b", version="1", trouble=None, seconds=60)
        assert storage.sources.unseen(first) == []
        assert [item.name for item in storage.sources.unseen(second)] == ["a"]

    def test_the_one_that_is_due_longest_first(self, storage: Storage) -> None:
        first = keep(storage)
        second = keep(storage, "/other")
        assert [claim(storage).id, claim(storage).id] == [first, second]

    def test_whoever_dies_is_followed_by_another(self, storage: Storage) -> None:
        keep(storage)
        lost = claim(storage)
        storage.pass_time(61)
        assert storage.sources.waiting()
        mine = claim(storage)
        assert mine.run == lost.run + 1
        assert not storage.sources.note(lost, "a", version="old", trouble=None, seconds=600)
        settle(storage, lost)
        assert storage.sources.items(mine) == {}
        assert storage.sources.claim(seconds=60) is None

    def test_every_note_keeps_the_claim(self, storage: Storage) -> None:
        keep(storage)
        source = claim(storage)
        storage.pass_time(50)
        storage.sources.note(source, "a", version=None, trouble="broken", seconds=60)
        storage.pass_time(50)
        assert storage.sources.claim(seconds=60) is None

    def test_after_trouble_soon_again(self, storage: Storage) -> None:
        keep(storage, every=86_400.0)
        settle(storage, claim(storage), trouble="The disk is away.")
        (state,) = storage.sources.states()
        assert (state.trouble, state.tally) == ("The disk is away.", Tally(added=1, removed=2))
        storage.pass_time(1_801)
        assert storage.sources.waiting()

    def test_the_state_tells_when(self, storage: Storage) -> None:
        keep(storage)
        assert not storage.sources.states()[0].at_work
        source = claim(storage)
        (state,) = storage.sources.states()
        assert (state.at_work, state.last_run) == (True, None)
        settle(storage, source)
        (state,) = storage.sources.states()
        assert state.last_run is not None
        assert state.next_run is not None
        assert (state.at_work, round(state.next_run - state.last_run)) == (False, 3_600)


class TestItems:
    def test_an_item_has_the_librarys_document_of_its_name_and_space(self, storage: Storage) -> None:
        keep(storage)
        source = claim(storage)
        mine = document(storage, "a")
        document(storage, "b", CHANNEL)
        storage.sources.note(source, "a", version="1", trouble=None, seconds=60)
        storage.sources.note(source, "b", version=None, trouble="broken", seconds=60)
        assert storage.sources.items(source) == {
            "a": Item("a", "1", mine),
            "b": Item("b", None, None, "broken"),
        }
        assert storage.sources.states()[0].documents == 1

    def test_what_the_next_look_does_not_note_is_unseen(self, storage: Storage) -> None:
        number = keep(storage)
        source = claim(storage)
        for name in ("c", "a", "b"):
            storage.sources.note(source, name, version="1", trouble=None, seconds=60)
        assert storage.sources.unseen(source) == []
        settle(storage, source)
        again = claim(storage, number)
        storage.sources.note(again, "b", version="2", trouble=None, seconds=60)
        assert [item.name for item in storage.sources.unseen(again)] == ["a", "c"]
        storage.sources.drop(again, "a")
        assert sorted(storage.sources.items(again)) == ["b", "c"]
        assert storage.sources.items(again)["b"].version == "2"

    def test_a_forgotten_document_takes_its_item_along(self, storage: Storage) -> None:
        keep(storage)
        source = claim(storage)
        number = document(storage, "a")
        storage.sources.note(source, "a", version="1", trouble=None, seconds=60)
        storage.library.remove(number, [WORKSPACE])
        assert storage.sources.items(source) == {}

    def test_a_document_of_two_sources_is_shared(self, storage: Storage) -> None:
        keep(storage)
        keep(storage, "/docs/deep")
        one, other = claim(storage), claim(storage)
        number = document(storage, "a")
        storage.sources.note(one, "a", version="1", trouble=None, seconds=60)
        assert not storage.sources.shared(one, number)
        assert storage.sources.shared(other, number)
        storage.sources.note(other, "a", version="1", trouble=None, seconds=60)
        assert storage.sources.shared(one, number)
