"""`TraceBook`: where a doubtful reply may stand, and that it is looked for once."""

from bot.domain.conversation import Platform
from bot.domain.messages import ReplyKey
from bot.ports.outbox import Delivery
from tests.contract.conftest import LEASE, Storage, message

MINE = ReplyKey("telegram:5#1")


def claimed(storage: Storage) -> Delivery:
    (delivery,) = storage.outbox.claim(limit=1, lease_seconds=LEASE)
    return delivery


def posted(storage: Storage, number: int, conversation: str, *names: str) -> None:
    storage.settle(message(number, conversation))
    storage.outbox.sent(claimed(storage), posted=names)


def in_doubt(storage: Storage, conversation: str = "telegram:42") -> None:
    """Let the sender of reply 5 die, and another one claim it."""
    storage.settle(message(5, conversation))
    claimed(storage)
    storage.pass_time(LEASE + 1)
    assert claimed(storage).uncertain


def test_what_stood_there_before_the_doubtful_try_and_what_came_to_be_known_since(storage: Storage) -> None:
    posted(storage, 1, "telegram:1", "1:10", "1:11")
    storage.pass_time(1)
    storage.settle(message(5))
    storage.pass_time(1)
    claimed(storage)
    storage.pass_time(1)
    posted(storage, 6, "telegram:6", "6:14")
    storage.settle(message(7, "slack:C1", platform=Platform.SLACK))
    storage.outbox.sent(claimed(storage), posted=["1.2"])
    storage.pass_time(LEASE + 1)
    claimed(storage)
    traces = storage.traces.begin(MINE)
    assert traces is not None
    assert sorted(traces.before) == ["1:10", "1:11", "telegram:key:1", "telegram:key:5"]
    assert sorted(traces.since) == ["6:14", "telegram:key:6"]


def test_what_stood_there_before_is_known_however_many_wait_since(storage: Storage) -> None:
    posted(storage, 1, "telegram:1", "1:10")
    storage.pass_time(1)
    in_doubt(storage)
    for number in range(100, 700):
        storage.inbox.keep(message(number, "telegram:9"))
    traces = storage.traces.begin(MINE)
    assert traces is not None
    assert "telegram:key:1" in traces.before


def test_which_posts_are_known_to_be_of_other_replies(storage: Storage) -> None:
    posted(storage, 1, "telegram:42/a", "42:10", "42:11")
    assert storage.traces.ours(["42:9", "42:10", "42:11", "43:10"]) == {"42:10", "42:11"}
    assert storage.traces.ours([]) == frozenset()


def test_its_own_parts_that_are_out_stood_there_before(storage: Storage) -> None:
    storage.settle(message(5))
    assert storage.outbox.renew(claimed(storage), posted=["42:12"], lease_seconds=LEASE)
    storage.pass_time(LEASE + 1)
    claimed(storage)
    traces = storage.traces.begin(MINE)
    assert traces is not None
    assert "42:12" in traces.before


def test_a_look_that_was_broken_off_is_not_begun_again(storage: Storage) -> None:
    in_doubt(storage)
    assert storage.traces.begin(MINE) is not None
    assert storage.traces.begin(MINE) is None
    storage.pass_time(LEASE + 1)
    claimed(storage)
    assert storage.traces.begin(MINE) is None


def test_one_that_left_no_mark_may_be_repeated_about_the_same_try_or_the_next(storage: Storage) -> None:
    in_doubt(storage)
    storage.pass_time(1)
    assert (first := storage.traces.begin(MINE)) is not None
    storage.traces.end(MINE, gone=False)
    assert storage.traces.begin(MINE) == first
    assert storage.inbox.keep(message(8, "telegram:8"))
    storage.traces.end(MINE, gone=False)
    assert (same := storage.traces.begin(MINE)) is not None
    assert "telegram:key:8" in same.since
    storage.pass_time(1)
    storage.traces.end(MINE, gone=True)
    assert (later := storage.traces.begin(MINE)) is not None
    assert "telegram:key:8" in later.before


def test_what_nobody_is_sending_is_not_looked_for(storage: Storage) -> None:
    assert storage.traces.begin(MINE) is None
    storage.settle(message(5))
    assert storage.traces.begin(MINE) is None


def test_the_first_doubtful_try_is_what_counts(storage: Storage) -> None:
    in_doubt(storage)
    storage.pass_time(1)
    posted(storage, 6, "telegram:6", "6:14")
    storage.pass_time(LEASE + 1)
    claimed(storage)
    traces = storage.traces.begin(MINE)
    assert traces is not None
    assert "6:14" in traces.since


def test_another_reply_on_its_way_to_the_same_place_makes_it_murky(storage: Storage) -> None:
    in_doubt(storage, "telegram:42/a")
    storage.settle(message(6, "telegram:42/b"))
    claimed(storage)
    traces = storage.traces.begin(MINE)
    assert traces is not None
    assert traces.murky


def test_so_does_one_in_doubt_and_one_without_a_name_but_not_what_is_known(storage: Storage) -> None:
    posted(storage, 1, "telegram:42/b", "42:10")
    in_doubt(storage, "telegram:42/a")
    clear = storage.traces.begin(MINE)
    storage.traces.end(MINE, gone=False)
    storage.settle(message(6, "telegram:42/b"))
    other = claimed(storage)
    storage.outbox.defer(other, seconds=0, why="cut", uncertain=True)
    doubtful = storage.traces.begin(MINE)
    storage.traces.end(MINE, gone=False)
    storage.outbox.sent(claimed(storage), posted=["unconfirmed"])
    unnamed = storage.traces.begin(MINE)
    assert clear is not None
    assert doubtful is not None
    assert unnamed is not None
    assert (clear.murky, doubtful.murky, unnamed.murky) == (False, True, True)
