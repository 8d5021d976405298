"""`ConversationLease`: renewed in one go; what is not ours any more is told."""

from bot.domain.conversation import ConversationId
from tests.contract.conftest import LEASE, Storage, answered, message


class TestRenew:
    def test_a_held_lease_goes_on(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        claim = storage.claim()
        for _ in range(3):
            storage.pass_time(LEASE - 2)
            assert storage.lease.renew([(claim.conversation, claim.fence)], lease_seconds=LEASE) == frozenset()
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []

    def test_nothing_held_is_nothing_lost(self, storage: Storage) -> None:
        assert storage.lease.renew([], lease_seconds=LEASE) == frozenset()

    def test_it_is_lost_after_another_claim_and_the_new_holder_keeps_it(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        old = storage.claim()
        storage.pass_time(LEASE + 1)
        new = storage.claim()
        assert storage.lease.renew([(old.conversation, old.fence)], lease_seconds=LEASE) == {old.conversation}
        assert storage.lease.renew([(new.conversation, new.fence)], lease_seconds=LEASE) == frozenset()

    def test_an_expired_lease_that_nobody_took_is_still_ours(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        claim = storage.claim()
        storage.pass_time(LEASE + 1)
        assert storage.lease.renew([(claim.conversation, claim.fence)], lease_seconds=LEASE) == frozenset()
        assert storage.inbox.claim(limit=1, lease_seconds=LEASE) == []

    def test_a_settled_turns_lease_is_not_taken_up_again(self, storage: Storage) -> None:
        storage.inbox.keep(message(1))
        claim = storage.claim()
        storage.turns_store.commit(answered(claim))
        assert storage.lease.renew([(claim.conversation, claim.fence)], lease_seconds=LEASE) == {claim.conversation}
        storage.inbox.keep(message(2))
        assert storage.claim().event == message(2)

    def test_a_batch_tells_lost_from_kept(self, storage: Storage) -> None:
        for number in (1, 2, 3):
            storage.inbox.keep(message(number, f"telegram:{number}"))
        claims = [storage.claim() for _ in range(3)]
        storage.turns_store.commit(answered(claims[1]))
        held = [(claim.conversation, claim.fence) for claim in claims] + [(ConversationId("telegram:nobody"), 1)]
        assert storage.lease.renew(held, lease_seconds=LEASE) == {"telegram:2", "telegram:nobody"}
