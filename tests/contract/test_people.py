"""`Admissions` and `AuditLog`."""

from dataclasses import replace

from bot.domain.conversation import PersonId
from bot.domain.events import CommandReceived
from tests.contract.conftest import Storage, message

ADMIN, GUEST, GROUP = PersonId("telegram:1"), PersonId("telegram:42"), PersonId("telegram:-100123")


class TestAdmissions:
    def test_nobody_is_in_before_an_admission(self, storage: Storage) -> None:
        assert not storage.admissions.admitted([GUEST, GROUP])
        assert not storage.admissions.admitted([])

    def test_any_of_the_ids_lets_in(self, storage: Storage) -> None:
        storage.admissions.admit(GROUP, by=ADMIN)
        assert storage.admissions.admitted([GUEST, GROUP])
        assert not storage.admissions.admitted([GUEST])

    def test_twice_is_once(self, storage: Storage) -> None:
        storage.admissions.admit(GUEST, by=ADMIN)
        storage.admissions.admit(GUEST, by=GUEST)
        assert storage.admissions.admitted([GUEST])

    def test_the_last_words_are_the_persons_own_latest_message(self, storage: Storage) -> None:
        assert storage.admissions.last_words(GUEST) is None
        said = [replace(message(number), text=text) for number, text in enumerate(["first", "둘째", ""])]
        for event in said:
            storage.inbox.keep(event)
        storage.inbox.keep(replace(message(7), person=ADMIN, text="mine"))
        storage.inbox.keep(_command(8, "status"))
        assert storage.admissions.last_words(GUEST) == "둘째"
        assert storage.admissions.last_words(ADMIN) == "mine"


def _command(number: int, text: str) -> CommandReceived:
    one = message(number)
    return CommandReceived(one.event_id, one.message_key, one.conversation, one.person, one.address, text)


class TestAudit:
    def test_lines_are_kept_in_order_word_for_word(self, storage: Storage) -> None:
        storage.audit.record(person=GUEST, action="kb add", allowed=False, detail="비밀 'quote' %s")
        storage.audit.record(person=ADMIN, action="kb add", allowed=True, detail="")
        assert storage.audit_lines() == [
            (GUEST, "kb add", False, "비밀 'quote' %s"),
            (ADMIN, "kb add", True, ""),
        ]
