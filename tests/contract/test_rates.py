"""`RateLimiter`: tokens counted for all workers together, a line for who waits, and the platform's own pauses."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import redis

from bot.ports.rate_limiter import Rate, RateLimiter
from integrations.memory.clock import FrozenClock
from integrations.memory.rates import InMemoryRateLimiter
from integrations.redis.rates import PREFIX, RedisRateLimiter

CHANNEL, OTHER, METHOD = Rate("c1", 1.0, 3), Rate("c2", 1.0, 3), Rate("method", 2.0, 10)


@dataclass(frozen=True, slots=True)
class Subject:
    """A limiter and the clock that it goes by."""

    limiter: RateLimiter
    clock: FrozenClock

    def takes(self, *rates: Rate, **how: object) -> float:
        """Ask, and return the wait rounded to a millisecond."""
        return round(self.limiter.take(rates, **how), 3)  # type: ignore[arg-type]


@pytest.fixture(params=["memory", "redis"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """A fresh limiter of each technology."""
    clock = FrozenClock()
    if request.param == "memory":
        yield Subject(InMemoryRateLimiter(clock), clock)
        return
    url = request.getfixturevalue("redis_url")
    limiter = RedisRateLimiter(url, alone=Broken(), clock=clock)
    yield Subject(limiter, clock)
    limiter.shut_down()


class Broken:
    """`RateLimiter` that must not be asked: Redis is there."""

    def take(self, rates: object, **_: object) -> float:
        raise AssertionError("asked the fallback")

    def close(self, rates: object, **_: object) -> None:
        raise AssertionError("asked the fallback")


class TestTokens:
    def test_a_burst_at_once_and_then_the_rate(self, subject: Subject) -> None:
        assert [subject.takes(CHANNEL) for _ in range(4)] == [0, 0, 0, 1]
        subject.clock.advance(1)
        assert subject.takes(CHANNEL, waited=True) == 0
        subject.clock.advance(100)
        assert [subject.takes(CHANNEL) for _ in range(4)] == [0, 0, 0, 1]

    def test_all_or_none(self, subject: Subject) -> None:
        for _ in range(3):
            subject.takes(CHANNEL)
        for _ in range(5):
            assert subject.takes(CHANNEL, METHOD) > 0
        assert [subject.takes(METHOD) for _ in range(11)] == [0] * 10 + [0.5]

    def test_one_bucket_never_delays_another(self, subject: Subject) -> None:
        for _ in range(20):
            subject.takes(CHANNEL, METHOD)
        assert subject.takes(OTHER, METHOD) == 0

    def test_nothing_to_take_is_free(self, subject: Subject) -> None:
        assert subject.takes() == 0

    def test_a_preview_leaves_the_last_tokens_to_finals(self, subject: Subject) -> None:
        assert subject.takes(CHANNEL, reserve=2) == 0
        assert subject.takes(CHANNEL, reserve=2) > 0
        assert [subject.takes(CHANNEL) for _ in range(3)] == [0, 0, 1]

    def test_a_preview_does_not_stand_in_line_but_respects_it(self, subject: Subject) -> None:
        for _ in range(4):
            subject.takes(CHANNEL)
        subject.clock.advance(0.5)
        subject.takes(CHANNEL, reserve=2)
        assert subject.takes(CHANNEL) == 1.5, "one stands before it, not two"


class TestLine:
    def test_each_is_told_a_later_time(self, subject: Subject) -> None:
        assert [subject.takes(CHANNEL) for _ in range(6)] == [0, 0, 0, 1, 2, 3]

    def test_who_comes_new_does_not_overtake(self, subject: Subject) -> None:
        for _ in range(5):
            subject.takes(CHANNEL)
        subject.clock.advance(1)
        assert subject.takes(CHANNEL) == 2
        assert subject.takes(CHANNEL, waited=True) == 0
        subject.clock.advance(1)
        assert subject.takes(CHANNEL, waited=True) == 0

    def test_who_comes_too_late_finds_its_token_still(self, subject: Subject) -> None:
        for _ in range(5):
            subject.takes(CHANNEL)
        subject.clock.advance(3)
        assert [subject.takes(CHANNEL, waited=True) for _ in range(2)] == [0, 0]

    def test_a_line_that_nobody_stands_in_any_more_is_over(self, subject: Subject) -> None:
        for _ in range(8):
            subject.takes(CHANNEL)
        subject.clock.advance(5.001)
        assert subject.takes(CHANNEL) == 0

    def test_a_long_line_at_one_channel_is_not_everybody_s(self, subject: Subject) -> None:
        narrow = Rate("c1", 1.0, 1), Rate("all", 4.0, 1)
        assert [subject.takes(*narrow) for _ in range(6)] == [0, 1, 2, 3, 4, 5]
        assert subject.takes(OTHER, narrow[1]) == 1.5


class TestClose:
    def test_it_is_closed_to_the_second_and_reopens_with_one_token(self, subject: Subject) -> None:
        subject.limiter.close([CHANNEL, METHOD], seconds=137)
        assert subject.takes(CHANNEL, METHOD) == 137
        subject.clock.advance(136.9)
        assert subject.takes(CHANNEL, METHOD, waited=True) > 0
        subject.clock.advance(0.1)
        assert subject.takes(CHANNEL, METHOD, waited=True) == 0
        assert subject.takes(CHANNEL, METHOD, waited=True) > 0

    def test_others_go_on_until_a_second_one_is_closed(self, subject: Subject) -> None:
        third = Rate("c3", 1.0, 3)
        subject.limiter.close([CHANNEL, METHOD], seconds=30)
        subject.limiter.close([CHANNEL, METHOD], seconds=30)
        assert subject.takes(OTHER, METHOD) == 0
        subject.limiter.close([OTHER, METHOD], seconds=20)
        assert subject.takes(third, METHOD) == 20
        subject.clock.advance(21)
        assert subject.takes(third, METHOD, waited=True) == 0

    def test_a_shorter_pause_does_not_shorten_a_longer_one(self, subject: Subject) -> None:
        subject.limiter.close([CHANNEL], seconds=30)
        subject.limiter.close([CHANNEL], seconds=3)
        assert subject.takes(CHANNEL) == 30

    def test_closing_nothing_is_nothing(self, subject: Subject) -> None:
        subject.limiter.close([], seconds=30)


class TestRedis:
    """What only the shared one can show; here it goes by the server's clock."""

    @pytest.fixture
    def limiter(self, redis_url: str) -> Iterator[RedisRateLimiter]:
        limiter = RedisRateLimiter(redis_url, alone=Broken())
        yield limiter
        limiter.shut_down()

    def test_workers_share_it_and_no_token_is_given_twice(self, limiter: RedisRateLimiter, redis_url: str) -> None:
        others = [limiter, *(RedisRateLimiter(redis_url, alone=Broken()) for _ in range(3))]
        slow = Rate("slow", 0.001, 17)
        with ThreadPoolExecutor(8) as pool:
            waits = list(pool.map(lambda number: others[number % 4].take([slow]), range(60)))
        assert sum(wait == 0 for wait in waits) == 17
        for other in others[1:]:
            other.shut_down()

    def test_time_is_the_server_s_and_passes(self, limiter: RedisRateLimiter) -> None:
        fast = Rate("fast", 20.0, 1)
        assert limiter.take([fast]) == 0
        wait = limiter.take([fast])
        assert 0 < wait <= 0.05
        time.sleep(wait + 0.005)
        assert limiter.take([fast], waited=True) == 0

    def test_every_key_ends_by_itself(self, limiter: RedisRateLimiter, redis_url: str) -> None:
        for _ in range(5):
            limiter.take([CHANNEL, METHOD])
        limiter.close([OTHER, METHOD], seconds=300)
        limiter.close([CHANNEL, METHOD], seconds=2)
        with redis.Redis.from_url(redis_url, decode_responses=True) as client:
            left = {key.removeprefix(PREFIX): client.ttl(key) for key in client.scan_iter()}
        assert set(left) == {"c1", "c2", "method"}
        assert 0 < left["c1"] < 80
        assert 300 < left["c2"] <= 360
        assert 60 < left["method"] <= 360

    def test_one_call_a_post(self, limiter: RedisRateLimiter, redis_url: str) -> None:
        limiter.take([CHANNEL, METHOD])
        with redis.Redis.from_url(redis_url) as client:
            before = client.info("commandstats")
            for _ in range(10):
                limiter.take([CHANNEL, METHOD])
            after = client.info("commandstats")
        calls = {name: one["calls"] - before.get(name, {"calls": 0})["calls"] for name, one in after.items()}
        assert calls["cmdstat_evalsha"] == 10
        assert calls.get("cmdstat_eval", 0) == calls.get("cmdstat_script|load", 0) == 0

    @pytest.mark.parametrize("order", ["FLUSHALL", "SCRIPT FLUSH"])
    def test_an_emptied_redis_costs_a_burst_at_most(
        self, limiter: RedisRateLimiter, redis_url: str, order: str
    ) -> None:
        for _ in range(4):
            limiter.take([CHANNEL])
        with redis.Redis.from_url(redis_url) as client:
            client.execute_command(*order.split())
        assert (limiter.take([CHANNEL]) == 0) is (order == "FLUSHALL")

    def test_a_clock_that_was_set_back_stops_nobody(self, redis_url: str) -> None:
        clock = FrozenClock()
        limiter = RedisRateLimiter(redis_url, alone=Broken(), clock=clock)
        for _ in range(9):
            limiter.take([CHANNEL])
        clock.advance(-86_400)
        assert limiter.take([CHANNEL]) == 0
        limiter.shut_down()

    def test_a_factor_multiplies_what_may_be_done(self, redis_url: str) -> None:
        limiter = RedisRateLimiter(redis_url, alone=Broken(), factor=2.0, clock=FrozenClock())
        assert [round(limiter.take([CHANNEL]), 3) for _ in range(7)] == [0] * 6 + [0.5]
        limiter.shut_down()


class TestRedisAway:
    def test_posting_goes_on_by_this_process_s_own_count(self, caplog: pytest.LogCaptureFixture) -> None:
        clock = FrozenClock()
        limiter = RedisRateLimiter("redis://127.0.0.1:1/0", alone=InMemoryRateLimiter(clock))
        assert [round(limiter.take([CHANNEL]), 3) for _ in range(4)] == [0, 0, 0, 1]
        limiter.close([OTHER], seconds=9)
        assert limiter.take([OTHER]) == 9
        assert len(caplog.records) == 1, "said once, and Redis is left alone for a while"
        limiter.shut_down()

    def test_a_redis_that_does_not_answer_holds_up_one_post_for_half_a_second(self, redis_url: str) -> None:
        limiter = RedisRateLimiter(redis_url, alone=InMemoryRateLimiter(FrozenClock()))
        with redis.Redis.from_url(redis_url) as client:
            client.execute_command("CLIENT", "PAUSE", "2000", "ALL")
            began = time.monotonic()
            assert [limiter.take([METHOD]) for _ in range(9)] == [0] * 9
            assert time.monotonic() - began < 1.5
        limiter.shut_down()
        time.sleep(max(2.1 - (time.monotonic() - began), 0))
