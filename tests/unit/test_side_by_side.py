"""Looks at once: each has its result, its failure, or no answer; none holds the others up."""

import threading
import time

from bot.application.side_by_side import LATE, side_by_side
from bot.domain.errors import EncoderUnavailable


def test_results_and_failures_come_in_order_and_what_hangs_is_late() -> None:
    failure, never = EncoderUnavailable("away"), threading.Event()

    def fails() -> None:
        raise failure

    began = time.monotonic()
    found = side_by_side([lambda: never.wait(30), lambda: 7, fails, lambda: None], seconds=0.2)
    assert found == [LATE, 7, failure, None]
    assert time.monotonic() - began < 5
    never.set()


def test_they_run_at_once() -> None:
    meeting = threading.Barrier(3, timeout=5)
    assert side_by_side([lambda: meeting.wait() >= 0] * 3, seconds=5) == [True] * 3
