"""A server that fails again and again is spared, tried by one call at a time, and taken back at once."""

import pytest

from bot.domain.breaker import FAILURES, Breaker
from bot.domain.errors import EncoderUnavailable, TextRefused

REST_SECONDS = 2.0


class Server:
    """What calls reach when the breaker lets them."""

    def __init__(self) -> None:
        self.now, self.asked, self.works = 0.0, 0, False
        self.breaker = Breaker(
            rest_seconds=REST_SECONDS,
            failing=(EncoderUnavailable,),
            living=(TextRefused,),
            refusal=lambda seconds: EncoderUnavailable(f"asked anew in {seconds:g} s"),
            monotonic=lambda: self.now,
        )

    def call(self) -> None:
        with self.breaker.call():
            self.asked += 1
            if not self.works:
                raise EncoderUnavailable("down")

    def fail(self, times: int) -> None:
        for _ in range(times):
            with pytest.raises(EncoderUnavailable):
                self.call()


def test_after_some_failures_in_a_row_nobody_is_kept_waiting() -> None:
    server = Server()
    server.fail(FAILURES + 20)
    assert server.asked == FAILURES
    server.now += 0.5
    assert server.breaker.spared()
    with pytest.raises(EncoderUnavailable, match=r"asked anew in 1\.5 s"):
        server.call()


def test_a_success_between_them_starts_the_count_anew() -> None:
    server = Server()
    for _ in range(3):
        server.fail(FAILURES - 1)
        server.works = True
        server.call()
        server.works = False
    server.fail(1)
    assert server.asked == 3 * FAILURES + 1


def test_a_refused_text_is_a_sign_of_life() -> None:
    server = Server()
    server.fail(FAILURES - 1)
    with pytest.raises(TextRefused), server.breaker.call():
        raise TextRefused("too long")
    server.fail(FAILURES - 1)
    assert server.asked == 2 * (FAILURES - 1)


def test_after_the_rest_one_call_tries_and_opens_the_door_for_all() -> None:
    server = Server()
    server.fail(FAILURES)
    server.now += REST_SECONDS
    server.works = True
    with server.breaker.call():
        assert server.breaker.spared()
        server.fail(1)  # another, meanwhile
    assert not server.breaker.spared()
    assert server.asked == FAILURES
    server.call()
    server.call()
    assert server.asked == FAILURES + 2


def test_a_try_that_fails_closes_it_for_another_rest() -> None:
    server = Server()
    server.fail(FAILURES)
    server.now += REST_SECONDS
    server.fail(3)
    assert server.asked == FAILURES + 1
    server.now += REST_SECONDS
    server.fail(1)
    assert server.asked == FAILURES + 2


def test_a_try_that_is_broken_off_does_not_keep_it_closed() -> None:
    server = Server()
    server.fail(FAILURES)
    server.now += REST_SECONDS
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt), server.breaker.call():
            raise KeyboardInterrupt
    server.works = True
    server.call()


def test_what_says_nothing_of_the_server_changes_nothing() -> None:
    server = Server()
    server.fail(FAILURES - 1)
    with pytest.raises(ZeroDivisionError), server.breaker.call():
        raise ZeroDivisionError
    server.fail(3)
    assert server.asked == FAILURES


def test_a_call_of_before_that_fails_late_does_not_let_a_second_one_try() -> None:
    server = Server()
    trial = server.breaker.call()
    with pytest.raises(EncoderUnavailable, match="late"), server.breaker.call():
        server.fail(FAILURES)
        server.now += REST_SECONDS
        trial.__enter__()
        raise EncoderUnavailable("late")
    server.now += REST_SECONDS
    server.fail(1)
    assert server.asked == FAILURES
    trial.__exit__(None, None, None)
    assert not server.breaker.spared()
