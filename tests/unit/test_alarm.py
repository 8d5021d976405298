"""The alarm rings at its time, in order, once for what is due together."""

import time
from threading import Condition

from bot.ports.doorbell import Bell
from workers.alarm import FARTHEST_SECONDS, Alarm


class Rung:
    """`Doorbell` that notes when it rang."""

    def __init__(self) -> None:
        self.rings: list[tuple[Bell, float]] = []
        self._changed = Condition()

    def ring(self, bell: Bell) -> None:
        with self._changed:
            self.rings.append((bell, time.monotonic()))
            self._changed.notify_all()

    def wait(self, count: int) -> list[tuple[Bell, float]]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.rings) >= count, 5)
            return list(self.rings)


def test_it_rings_at_its_time_and_never_before() -> None:
    bell = Rung()
    alarm, began = Alarm(bell), time.monotonic()
    alarm.ring_in(Bell.INDEXING, seconds=0.4)
    alarm.ring_in(Bell.DELIVERY, seconds=0.1)
    (first, at), (second, later) = bell.wait(2)
    assert (first, second) == (Bell.DELIVERY, Bell.INDEXING)
    assert 0.1 <= at - began < 0.3
    assert 0.4 <= later - began < 0.6


def test_what_is_due_together_is_one_ring() -> None:
    bell = Rung()
    alarm = Alarm(bell)
    for number in range(500):
        alarm.ring_in(Bell.DELIVERY, seconds=0.1 + number / 100_000)
    bell.wait(1)
    time.sleep(0.2)
    assert len(bell.rings) <= 3


def test_what_is_far_away_is_upkeep_s() -> None:
    bell = Rung()
    alarm = Alarm(bell)
    alarm.ring_in(Bell.DELIVERY, seconds=FARTHEST_SECONDS + 1)
    alarm.ring_in(Bell.DELIVERY, seconds=0.0)
    bell.wait(1)
    time.sleep(0.15)
    assert len(bell.rings) == 1
