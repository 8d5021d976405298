"""`maru outbox`: what an operator sees and does, over the real tables."""

import pytest

from bot.ports.outbox import Delivery
from tests.conftest import Database
from tests.contract.conftest import LEASE, Storage, _postgres, message
from workers import outbox
from workers.settings import Settings


@pytest.fixture
def storage(database: Database) -> Storage:
    database.clear()
    return _postgres(database.pool, database.server.url)


@pytest.fixture
def settings(database: Database, redis_url: str) -> Settings:
    return Settings(database_url=database.server.url, broker_url=redis_url)


def claimed(storage: Storage) -> Delivery:
    (delivery,) = storage.outbox.claim(limit=1, lease_seconds=LEASE)
    return delivery


def buried(storage: Storage) -> Delivery:
    storage.settle(message(1))
    delivery = claimed(storage)
    storage.outbox.bury(delivery, why="the channel is archived")
    return delivery


def test_an_empty_outbox_says_so(settings: Settings, storage: Storage, capsys: pytest.CaptureFixture[str]) -> None:
    assert outbox.list_entries(settings, buried=False) == 0
    assert outbox.list_entries(settings, buried=True) == 0
    assert capsys.readouterr().out == "No reply waits: everything is delivered.\nNo reply is buried.\n"


def test_what_waits_and_what_was_given_up(
    settings: Settings, storage: Storage, capsys: pytest.CaptureFixture[str]
) -> None:
    number = buried(storage).id
    outbox.list_entries(settings, buried=False)
    assert "buried (1: `maru outbox list --buried`)" in capsys.readouterr().out
    outbox.list_entries(settings, buried=True)
    assert capsys.readouterr().out == f"{number}  buried  0 s old  telegram:42  the channel is archived\n"
    storage.settle(message(2, "telegram:7"))
    storage.outbox.defer(claimed(storage), seconds=600, why="503\nagain", uncertain=False)
    outbox.list_entries(settings, buried=False)
    assert "deferred  0 s old  next try in 10 min  telegram:7  503 again\n" in capsys.readouterr().out


def test_one_reply_is_shown_whole(settings: Settings, storage: Storage, capsys: pytest.CaptureFixture[str]) -> None:
    number = buried(storage).id
    assert outbox.show(settings, number) == 0
    shown = capsys.readouterr().out
    for part in ("telegram:1#1", "buried", "last trouble  the channel is archived", "\nanswer to question 1\n"):
        assert part in shown
    assert outbox.show(settings, number + 99) == 1
    assert f"no reply {number + 99}" in capsys.readouterr().err


def test_a_buried_reply_is_tried_again(
    settings: Settings, storage: Storage, capsys: pytest.CaptureFixture[str]
) -> None:
    number = buried(storage).id
    assert outbox.retry(settings, number) == 0
    assert "tried again now" in capsys.readouterr().out
    assert outbox.retry(settings, number) == 1
    assert "is queued: it goes out as soon as" in capsys.readouterr().err
    storage.outbox.sent(claimed(storage), posted=["1"])
    assert outbox.retry(settings, number) == 1
    assert "was delivered" in capsys.readouterr().err
    assert storage.audit_lines() == [
        ("console:local", "outbox retry", True, "telegram:1#1 in telegram:42, buried: the channel is archived")
    ]


def test_a_dropped_reply_is_gone_and_noted(
    settings: Settings, storage: Storage, capsys: pytest.CaptureFixture[str]
) -> None:
    number = buried(storage).id
    assert outbox.drop(settings, number) == 0
    assert "will not be posted" in capsys.readouterr().out
    assert storage.outcomes() == {}
    assert outbox.drop(settings, number) == 1
    assert [line[1] for line in storage.audit_lines()] == ["outbox drop"]
    storage.settle(message(2))
    delivery = claimed(storage)
    assert outbox.drop(settings, delivery.id) == 1
    assert "in hand at this moment" in capsys.readouterr().err
