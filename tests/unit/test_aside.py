"""Work beside the turns: none of it makes anybody wait, and none piles up."""

import logging
import threading
import time

import pytest

from bot.domain.errors import ModelUnavailable
from bot.ports.cancellation import Cancellation
from workers.aside import Aside
from workers.crew import ThreadCrew


def test_what_does_not_fit_is_dropped_at_once() -> None:
    aside, gate, done = Aside(at_once=1, most_waiting=2), threading.Event(), threading.Semaphore(0)

    def work(cancellation: Cancellation) -> None:
        gate.wait(5)
        done.release()

    started = time.monotonic()
    for _ in range(10):
        aside(work)
    assert time.monotonic() - started < 1
    gate.set()
    assert all(done.acquire(timeout=5) for _ in range(3))
    assert not done.acquire(timeout=0.1)


def test_it_has_a_time_limit_and_its_failures_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    aside, left, done = Aside(at_once=1), [], threading.Event()

    def fail(cancellation: Cancellation) -> None:
        left.append(cancellation.remaining())
        raise ModelUnavailable("down")

    with caplog.at_level(logging.WARNING):
        aside(fail)
        aside(lambda _: done.set())
        assert done.wait(5)
    assert 0 < left[0] <= 60
    assert "left undone" in caplog.text


def test_a_stop_drops_what_waits() -> None:
    aside, gate, began = Aside(at_once=1), threading.Event(), threading.Event()
    ran: list[str] = []

    def wait(_: Cancellation) -> None:
        began.set()
        gate.wait(5)

    aside(wait)
    assert began.wait(5)
    aside(lambda _: ran.append("late"))
    aside.stop()
    aside(lambda _: ran.append("too late"))
    gate.set()
    time.sleep(0.1)
    assert ran == []


def test_a_stop_breaks_off_what_runs() -> None:
    aside, began, ended = Aside(at_once=1), threading.Event(), threading.Event()

    def talk(cancellation: Cancellation) -> None:
        began.set()
        while not cancellation.cancelled():
            time.sleep(0.005)
        ended.set()

    aside(talk)
    assert began.wait(5)
    aside.stop()
    assert ended.wait(5)


def test_who_is_none_of_the_crew_takes_and_keeps_no_desk() -> None:
    crew, aside, rested, seated = ThreadCrew(2, name="test", desks=1), Aside(), threading.Event(), threading.Event()

    def shadow(_: Cancellation) -> None:
        with crew.rest():
            pass
        rested.set()

    aside(shadow)
    assert rested.wait(5)
    started = time.monotonic()
    crew.do(seated.set)
    assert seated.wait(5)
    assert time.monotonic() - started < 0.5, "the only desk is free"
