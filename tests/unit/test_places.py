"""A model's places go round between people, whoever asks most."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from bot.domain.errors import Cancelled
from integrations.tgi.places import FairPlaces


class Desk:
    """Callers in threads; who got a place is noted, and leaves when the test says so."""

    def __init__(self, size: int) -> None:
        self.places = FairPlaces(size)
        self.served: list[str] = []
        self._leave: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []

    def call(self, name: str) -> None:
        """Call as the person before the dash; return once the call has a place or waits."""
        served, leave = len(self.served), self._leave.setdefault(name, threading.Event())
        asked = threading.Event()

        def pause() -> float:
            asked.set()
            return 5.0

        def work() -> None:
            with self.places.place(name.partition("-")[0], pause):
                self.served.append(name)
                leave.wait(5)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self._threads.append(thread)
        until(lambda: asked.is_set() or len(self.served) > served)

    def leave(self, name: str) -> None:
        """End the call of that name; return once the next one has the place."""
        served = len(self.served)
        self._leave[name].set()
        until(lambda: len(self.served) > served or len(self.served) == len(self._threads))

    def drain(self) -> list[str]:
        """End the calls one after another in the order they got their places; return that order."""
        ended = 0
        while ended < len(self._threads):
            self.leave(self.served[ended])
            ended += 1
        for thread in self._threads:
            thread.join(5)
        return self.served


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_one_persons_many_calls_delay_anothers_one_by_one_call() -> None:
    desk = Desk(1)
    for number in range(20):
        desk.call(f"ann-{number}")
    desk.call("bob-0")
    desk.call("cat-0")
    served = desk.drain()
    assert served[:3] == ["ann-0", "bob-0", "cat-0"]
    assert served[3:] == [f"ann-{number}" for number in range(1, 20)]


def test_who_holds_more_places_waits_for_who_holds_fewer() -> None:
    desk = Desk(3)
    for name in ("ann-0", "ann-1", "bob-0", "ann-2", "bob-1", "cat-0"):
        desk.call(name)
    desk.leave("ann-0")
    assert desk.served[3:] == ["cat-0"]
    desk.leave("bob-0")
    assert desk.served[4:] == ["bob-1"]
    assert len(desk.drain()) == 6


def test_two_who_wait_take_turns() -> None:
    desk = Desk(1)
    for name in ("ann-0", "bob-0", "bob-1", "cat-0", "cat-1"):
        desk.call(name)
    assert desk.drain() == ["ann-0", "bob-0", "cat-0", "bob-1", "cat-1"]


def test_who_stops_waiting_leaves_the_line_and_takes_no_place_along() -> None:
    places = FairPlaces(1)

    def gone() -> float:
        raise Cancelled("stopped")

    with ExitStack() as held:
        held.enter_context(places.place("ann", lambda: 1.0))
        with pytest.raises(Cancelled), places.place("bob", gone):
            pass
    with places.place("cat", gone):
        pass


def test_places_are_never_more_than_there_are_and_none_is_lost() -> None:
    places, inside, most = FairPlaces(3), [0], [0]
    lock = threading.Lock()

    def work(owner: str) -> None:
        for number in range(40):
            tries = [0]

            def pause(tries: list[int] = tries, number: int = number) -> float:
                tries[0] += 1
                if number % 3 == 0 and tries[0] > 2:
                    raise Cancelled("stopped")
                return 0.0005

            try:
                with places.place(owner, pause):
                    with lock:
                        inside[0] += 1
                        most[0] = max(most[0], inside[0])
                    time.sleep(0.0002)
                    with lock:
                        inside[0] -= 1
            except Cancelled:
                pass

    threads = [threading.Thread(target=work, args=(f"person {number % 4}",)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert most == [3]
    with ExitStack() as held:
        for number in range(3):
            held.enter_context(places.place(str(number), lambda: pytest.fail("a place was lost")))
