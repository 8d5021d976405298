"""`Feedback`: one opinion a person and answer, and one message a document and day."""

from bot.domain.conversation import WORKSPACE, Address, ConversationId, PersonId, Platform, Space
from bot.domain.documents import Chunk, Document, DocumentId
from bot.domain.feedback import Opinion
from bot.domain.messages import OutgoingMessage, Reply, ReplyKey
from bot.ports.inbox import InboxId
from tests.contract.conftest import LEASE, Storage, message

OWNER = PersonId("telegram:7")
ANN, BOB = PersonId("telegram:1"), PersonId("telegram:2")
ROOM = Space("channel:slack:T1/C1")
DAY = 86_400.0


def document(storage: Storage, name: str = "leave.md", space: Space = WORKSPACE) -> DocumentId:
    return storage.library.replace(
        Document(name, name.title(), "text", "digest", space=space, owner=OWNER), [Chunk(("Leave",), "text")]
    )


def asked(storage: Storage, number: int) -> InboxId:
    storage.settle(message(number))
    storage.inbox.keep(message(1_000 + number))
    claim = storage.claim()  # its number is the next one
    return InboxId(claim.inbox)


def say(storage: Storage, reference: InboxId, opinion: Opinion, *documents: DocumentId, person: PersonId = ANN) -> None:
    storage.feedback.put(reference, opinion, person=person, question="how many days?", documents=documents)


def note(key: str) -> OutgoingMessage:
    address = Address(Platform.TELEGRAM, channel="7", direct=True)
    return OutgoingMessage(ReplyKey(key), ConversationId("telegram:7/feedback"), address, Reply("look"))


def test_the_last_opinion_of_a_person_counts(storage: Storage) -> None:
    leave, reference = document(storage), asked(storage, 1)
    say(storage, reference, "useful", leave)
    say(storage, reference, "out_of_date", leave)
    say(storage, reference, "useful", leave, person=BOB)
    assert dict(storage.feedback.of(reference)) == {"out_of_date": 1, "useful": 1}
    (one,) = storage.feedback.complaints((WORKSPACE,), limit=9)
    assert (one.document, one.title, one.owner, one.counts, one.questions) == (
        leave,
        "Leave.Md",
        OWNER,
        (("out_of_date", 1),),
        ("how many days?",),
    )
    say(storage, reference, "useful", leave)
    assert storage.feedback.complaints((WORKSPACE,), limit=9) == storage.feedback.untold(limit=9) == []


def test_an_answer_that_is_not_there_any_more(storage: Storage) -> None:
    say(storage, InboxId(999_999), "not_useful", document(storage))
    assert storage.feedback.complaints((WORKSPACE,), limit=9) == []


def test_only_of_the_spaces_that_are_named(storage: Storage) -> None:
    say(storage, asked(storage, 1), "not_useful", document(storage, space=ROOM))
    assert storage.feedback.complaints((WORKSPACE,), limit=9) == storage.feedback.complaints((), limit=9) == []
    assert len(storage.feedback.complaints((ROOM,), limit=9)) == 1


def test_the_most_complained_about_comes_first(storage: Storage) -> None:
    first, second, reference = document(storage), document(storage, "pay.md"), asked(storage, 1)
    say(storage, reference, "wrong_source", first, second)
    say(storage, reference, "not_useful", second, person=BOB)
    assert [one.document for one in storage.feedback.complaints((WORKSPACE,), limit=9)] == [second, first]


def test_its_owner_is_told_once_a_day_of_all_that_is_new(storage: Storage) -> None:
    leave, reference = document(storage), asked(storage, 1)
    say(storage, reference, "not_useful", leave)
    assert [one.document for one in storage.feedback.untold(limit=9)] == [leave]
    assert storage.feedback.tell(leave, [note("a")])
    assert not storage.feedback.tell(leave, [note("b")]), "somebody else just did"
    assert set(storage.outcomes()) >= {"a"}
    assert "b" not in storage.outcomes()
    storage.pass_time(60)
    say(storage, reference, "out_of_date", leave, person=BOB)
    assert storage.feedback.untold(limit=9) == []
    storage.pass_time(DAY)
    (one,) = storage.feedback.untold(limit=9)
    assert one.counts == (("out_of_date", 1),), "what was told is not told again"
    assert storage.feedback.tell(leave, [note("c")])
    storage.pass_time(DAY * 2)
    assert storage.feedback.untold(limit=9) == []


def test_what_was_told_is_a_message_like_any_other(storage: Storage) -> None:
    leave = document(storage)
    say(storage, asked(storage, 1), "not_useful", leave)
    storage.feedback.tell(leave, [note("a")])
    keys = [one.message.key for one in storage.outbox.claim(limit=9, lease_seconds=LEASE)]
    assert "a" in keys
