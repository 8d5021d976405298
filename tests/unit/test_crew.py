"""The crew of a worker process: never more work in hand than hands, and nothing that one piece does stops another."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.domain.errors import DatabaseUnavailable
from workers.crew import ThreadCrew


def test_who_looks_for_a_hand_waits_until_one_is_free() -> None:
    crew, gate = ThreadCrew(2, name="test", desks=9), threading.Event()
    assert crew.free() == 2
    for _ in range(2):
        crew.do(lambda: gate.wait(5) and None)
    with ThreadPoolExecutor(1) as waiter:
        free = waiter.submit(crew.free)
        time.sleep(0.05)
        assert not free.done()
        gate.set()
        assert free.result(5) > 0
    assert crew.finish(5) == 0


def test_work_runs_side_by_side() -> None:
    crew, meeting = ThreadCrew(3, name="test", desks=9), threading.Barrier(3)
    for _ in range(3):
        crew.do(lambda: meeting.wait(5) and None)
    assert crew.finish(5) == 0
    assert not meeting.broken


@pytest.mark.parametrize(("failure", "said"), [(DatabaseUnavailable("away"), "put off"), (KeyError("x"), "failed")])
def test_what_fails_is_logged_and_its_hand_is_free_again(
    failure: Exception, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise failure

    crew = ThreadCrew(1, name="test", desks=9)
    with caplog.at_level(logging.WARNING):
        crew.do(fail)
        assert crew.finish(5) == 0
    assert said in caplog.text
    assert crew.free() == 1


def test_a_crew_that_stops_takes_nothing_new_and_says_what_is_still_in_hand() -> None:
    crew, gate = ThreadCrew(1, name="test", desks=9), threading.Event()
    crew.do(lambda: gate.wait(5) and None)
    with ThreadPoolExecutor(1) as waiter:
        free = waiter.submit(crew.free)
        crew.stop()
        assert free.result(5) == 0
    assert crew.finish(0.01) == 1
    gate.set()
    assert crew.finish(5) == 0


def test_who_would_only_stand_in_line_for_a_desk_is_not_asked_for() -> None:
    crew, gate = ThreadCrew(9, name="test", desks=2), threading.Event()
    assert crew.free() == 2
    for _ in range(4):  # two sit, two stand
        crew.do(lambda: gate.wait(0.5) and None)
    with ThreadPoolExecutor(1) as waiter:
        free = waiter.submit(crew.free)
        time.sleep(0.05)
        assert not free.done(), "five hands are free, but no desk"
        gate.set()
        assert free.result(5) > 0
    assert crew.finish(5) == 0


def test_only_as_many_compute_as_there_are_desks_unless_they_rest() -> None:
    crew, seated, gate = ThreadCrew(3, name="test", desks=1), threading.Semaphore(0), threading.Event()

    def rest() -> None:
        with crew.rest():
            seated.release()
            gate.wait(5)

    def compute() -> None:
        seated.release()
        gate.wait(5)

    for work in (rest, compute, compute):
        crew.do(work)
    assert seated.acquire(timeout=5)
    assert seated.acquire(timeout=5)
    assert not seated.acquire(timeout=0.1), "the only desk is taken"
    assert seated.acquire(timeout=5), "but nobody waits for ever for one"
    gate.set()
    assert crew.finish(5) == 0
