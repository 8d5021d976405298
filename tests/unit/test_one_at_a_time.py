"""A busy queue does not make a process deaf, and no ring is lost to whoever is at it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from workers.crew import ThreadCrew
from workers.one_at_a_time import OneAtATime


def test_rings_for_a_busy_crew_hold_one_thread_and_leave_the_others_to_hear() -> None:
    crew, gate = ThreadCrew(1, name="turn", desks=1), threading.Event()
    waiting = threading.Semaphore(0)

    def dispatch() -> None:
        waiting.release()
        if crew.free():
            crew.do(lambda: gate.wait(5) and None)

    answer = OneAtATime(dispatch)
    answer()  # the only hand is taken
    with ThreadPoolExecutor(4) as celery:
        first = celery.submit(answer)
        waiting.acquire()
        waiting.acquire()
        rings = [celery.submit(answer) for _ in range(20)]
        for ring in rings:
            ring.result(5)
        assert not first.done(), "one waits for a hand"
        gate.set()
        first.result(5)
        assert waiting.acquire(timeout=0), "and looks once more for those who went"
    assert crew.finish(5) == 0


def test_whatever_was_left_before_a_ring_is_seen_to() -> None:
    left: list[int] = []
    done: list[int] = []

    def take_all() -> None:
        while left:
            done.append(left.pop())

    work = OneAtATime(take_all)

    def leave(number: int) -> None:
        left.append(number)
        work()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(leave, range(2_000)))
    assert sorted(done) == list(range(2_000))


def test_a_failure_is_told_and_ends_nothing() -> None:
    outcomes = iter([ZeroDivisionError("boom"), None])

    def fail_once() -> None:
        if failure := next(outcomes):
            raise failure

    work = OneAtATime(fail_once)
    with pytest.raises(ZeroDivisionError):
        work()
    work()
    assert next(outcomes, "none left") == "none left"
