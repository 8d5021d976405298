"""`CuratedAnswers`, and the hits that a turn's commit counts."""

import time
from dataclasses import replace

from bot.domain.conversation import WORKSPACE, PersonId, Space
from bot.domain.curated import CuratedAnswer, CuratedEntry, CuratedId, CuratedMatch, Wording
from bot.ports.turn_store import CommitResult
from tests.contract.conftest import MODEL, Storage, answered, message

OWNER = PersonId("slack:T1/EXPERT")
ROOM = Space("channel:slack:T1/C1")
LATER = float(int(time.time()) + 10**8)
WIFI = CuratedAnswer("Wifi password?", "It is *maru*.", "en", WORKSPACE, OWNER, LATER)
ASKED = Wording("Wifi password?", "wifipassword?", ("wifi", "password"), (0.6, 0.8), MODEL)


def near(
    storage: Storage, *, bare: str = "", vector: tuple[float, ...] | None = (0.6, 0.8), spaces: tuple[Space, ...]
) -> list[CuratedMatch]:
    return storage.curated.near(bare=bare, vector=vector, model=MODEL, spaces=spaces, limit=5)


def entry(storage: Storage, number: CuratedId) -> CuratedEntry:
    found = storage.curated.entry(number)
    assert found is not None
    return found


def test_what_is_kept_is_found_by_its_words_and_by_its_vector(storage: Storage) -> None:
    number = storage.curated.keep(WIFI, [ASKED])
    for found in (
        near(storage, bare="wifipassword?", vector=None, spaces=(WORKSPACE,)),
        near(storage, spaces=(WORKSPACE,)),
    ):
        (one,) = found
        assert (one.id, one.answer, one.wording, one.terms) == (number, WIFI, ASKED.text, ASKED.terms)
    assert near(storage, spaces=(WORKSPACE,))[0].cosine > 0.99
    assert near(storage, bare="something else", vector=None, spaces=(WORKSPACE,)) == []


def test_only_in_the_spaces_that_are_named(storage: Storage) -> None:
    storage.curated.keep(replace(WIFI, space=ROOM), [ASKED])
    assert near(storage, bare=ASKED.bare, spaces=(WORKSPACE,)) == []
    assert near(storage, bare=ASKED.bare, spaces=()) == []
    assert len(near(storage, bare=ASKED.bare, spaces=(WORKSPACE, ROOM))) == 1
    assert storage.curated.entries((WORKSPACE,)) == []
    assert len(storage.curated.entries((ROOM,))) == len(storage.curated.entries(None)) == 1


def test_the_literal_one_comes_first_then_the_nearest(storage: Storage) -> None:
    far = Wording("Far?", "far?", ("far",), (1.0, 0.0), MODEL)
    storage.curated.keep(replace(WIFI, question="Far?"), [far])
    storage.curated.keep(WIFI, [ASKED])
    assert [one.wording for one in near(storage, spaces=(WORKSPACE,))] == ["Wifi password?", "Far?"]
    assert [one.wording for one in near(storage, bare="far?", spaces=(WORKSPACE,))] == ["Far?", "Wifi password?"]


def test_vectors_of_another_model_or_size_are_never_compared(storage: Storage) -> None:
    storage.curated.keep(WIFI, [replace(ASKED, model="model-b")])
    storage.curated.keep(replace(WIFI, question="b"), [Wording("b", "b", (), (1.0, 0.0, 0.0), MODEL)])
    assert near(storage, spaces=(WORKSPACE,)) == []


def test_an_expired_answer_is_listed_and_never_given(storage: Storage) -> None:
    number = storage.curated.keep(WIFI, [ASKED])
    assert storage.curated.expire(number, 1_000.0)
    assert near(storage, bare=ASKED.bare, spaces=(WORKSPACE,)) == []
    assert [one.answer.expires for one in storage.curated.entries((WORKSPACE,))] == [1_000.0]
    assert storage.curated.expire(number, LATER)
    assert len(near(storage, bare=ASKED.bare, spaces=(WORKSPACE,))) == 1
    assert not storage.curated.expire(CuratedId(999_999), LATER)


def test_the_same_question_again_replaces_in_its_space_only(storage: Storage) -> None:
    storage.curated.keep(replace(WIFI, space=ROOM), [ASKED])
    old = storage.curated.keep(WIFI, [ASKED])
    new = storage.curated.keep(replace(WIFI, answer="It changed."), [ASKED])
    assert storage.curated.entry(old) is None
    assert entry(storage, new).answer.answer == "It changed."
    assert len(storage.curated.entries(None)) == 2


def test_another_wording_finds_it_too_and_each_is_taken_once(storage: Storage) -> None:
    number = storage.curated.keep(WIFI, [ASKED])
    other = Wording("WLAN?", "wlan?")
    assert storage.curated.reword(number, other)
    assert not storage.curated.reword(number, other)
    assert not storage.curated.reword(CuratedId(999_999), Wording("x", "x"))
    assert entry(storage, number).wordings == ("Wifi password?", "WLAN?")
    assert near(storage, bare="wlan?", vector=None, spaces=(WORKSPACE,))[0].id == number


def test_what_waits_for_its_embedding_says_so_until_it_has_it(storage: Storage) -> None:
    storage.curated.keep(WIFI, [Wording("Wifi password?", "wifipassword?")])
    assert storage.curated.unembedded(model=MODEL, limit=9) == ["Wifi password?"]
    storage.curated.set_embedding(ASKED)
    assert storage.curated.unembedded(model=MODEL, limit=9) == []
    assert storage.curated.unembedded(model="model-b", limit=9) == ["Wifi password?"]
    assert near(storage, spaces=(WORKSPACE,))[0].terms == ASKED.terms


def test_what_is_removed_is_gone(storage: Storage) -> None:
    number = storage.curated.keep(WIFI, [ASKED])
    assert storage.curated.remove(number)
    assert not storage.curated.remove(number)
    assert near(storage, bare=ASKED.bare, spaces=(WORKSPACE,)) == []


def test_a_commit_counts_a_hit_and_a_lost_lease_counts_none(storage: Storage) -> None:
    number = storage.curated.keep(WIFI, [ASKED])
    assert entry(storage, number).last_hit is None
    for hits in (1, 2):
        storage.inbox.keep(message(hits))
        turn = replace(answered(storage.claim()), curated=(number, CuratedId(999_999)))
        assert storage.turns_store.commit(turn) is not CommitResult.FENCE_LOST
        assert storage.turns_store.commit(turn) is CommitResult.FENCE_LOST
        assert entry(storage, number).hits == hits
    assert entry(storage, number).last_hit is not None
