"""`Doorbell`: a ring reaches its queue and carries nothing; a broker that is away costs the caller nothing."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import pytest
import redis
from celery import Celery

from bot.ports.doorbell import Bell, Doorbell
from integrations.celery.app import celery_app
from integrations.celery.doorbell import TASKS, CeleryDoorbell
from integrations.memory.doorbell import CollectingDoorbell

NOBODY = "redis://127.0.0.1:1/0"


@dataclass(frozen=True, slots=True)
class Door:
    """A bell, and how often it rang for a queue."""

    bell: Doorbell
    rung: Callable[[Bell], int]


@pytest.fixture(params=["memory", "celery"])
def door(request: pytest.FixtureRequest) -> Door:
    if request.param == "memory":
        collecting = CollectingDoorbell()
        return Door(collecting, lambda bell: collecting.rings[bell])
    url = request.getfixturevalue("redis_url")
    celery = CeleryDoorbell(celery_app(url))

    def rung(bell: Bell) -> int:
        celery.flush(10)
        with redis.Redis.from_url(url) as client:
            return client.llen(bell.value)

    return Door(celery, rung)


class TestRing:
    def test_each_bell_has_its_own_queue(self, door: Door) -> None:
        for bell in (Bell.DIALOGUE, Bell.DELIVERY):
            door.bell.ring(bell)
        assert [door.rung(bell) for bell in Bell] == [1, 1, 0]

    def test_a_ring_is_heard_again_later(self, door: Door) -> None:
        door.bell.ring(Bell.DIALOGUE)
        assert door.rung(Bell.DIALOGUE) == 1
        door.bell.ring(Bell.DIALOGUE)
        assert door.rung(Bell.DIALOGUE) == 2


class TestCelery:
    def test_a_ring_is_a_task_without_a_word_in_it(self, redis_url: str) -> None:
        doorbell = CeleryDoorbell(celery_app(redis_url))
        doorbell.ring(Bell.INDEXING)
        doorbell.flush(10)
        with redis.Redis.from_url(redis_url) as client:
            message = json.loads(client.lpop("indexing"))
        assert message["headers"]["task"] == TASKS[Bell.INDEXING]
        assert message["content-type"] == "application/json"
        assert json.loads(base64.b64decode(message["body"]))[:2] == [[], {}]
        assert doorbell.trouble() is None

    def test_a_hundred_rings_at_once_are_a_few(self, redis_url: str) -> None:
        doorbell = CeleryDoorbell(celery_app(redis_url))
        for _ in range(100):
            doorbell.ring(Bell.DIALOGUE)
        doorbell.flush(10)
        with redis.Redis.from_url(redis_url) as client:
            assert 1 <= client.llen("dialogue") <= 3

    def test_what_nobody_foresaw_costs_one_ring_and_not_the_bell(self, caplog: pytest.LogCaptureFixture) -> None:
        class Odd(Celery):
            """Publishes nothing, and fails at first."""

            published: ClassVar[list[str]] = []

            def send_task(self, name: str, *_: object, **__: object) -> None:  # type: ignore[override]
                self.published.append(name)
                if len(self.published) == 1:
                    raise ValueError("must give a master name")

        doorbell = CeleryDoorbell(Odd("odd"))
        for bell in (Bell.DIALOGUE, Bell.DELIVERY):
            doorbell.ring(bell)
            doorbell.flush(10)
        assert Odd.published == [TASKS[Bell.DIALOGUE], TASKS[Bell.DELIVERY]]
        assert "master name" in caplog.text

    def test_a_broker_that_is_away_is_told_and_no_ring_fails(self) -> None:
        doorbell = CeleryDoorbell(celery_app(NOBODY))
        for bell in list(Bell) * 1_000:
            doorbell.ring(bell)
        assert "does not answer" in (doorbell.trouble() or "")
