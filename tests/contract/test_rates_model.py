"""The limiter on the real Redis, and its double, against the definition of a rate: whatever is asked in whatever order.

The model keeps every call that was let through, and knows nothing of tokens: in no span of s seconds may there be more
than burst + s * per_second of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from bot.ports.rate_limiter import Rate, RateLimiter
from integrations.memory.clock import FrozenClock
from integrations.memory.rates import InMemoryRateLimiter
from integrations.redis.rates import RedisRateLimiter

SLACK = 2e-3
"""Tokens by which the arithmetic may differ; within it the model believes what it is told."""


@dataclass
class Bucket:
    """What happened to one rate. line, latest_line: the last time that was told, surely and perhaps."""

    rate: Rate
    calls: list[float] = field(default_factory=list)
    shut: float = 0.0
    line: float = 0.0
    latest_line: float = 0.0
    hurt: tuple[str, float] = ("", 0.0)

    def room(self, now: float) -> float:
        """Return how many calls more no span forbids."""
        spans = [
            self.rate.burst + (now - call) * self.rate.per_second - (len(self.calls) - number)
            for number, call in enumerate(self.calls)
        ]
        return min([self.rate.burst, *spans])

    def close(self, until: float) -> None:
        if until > self.shut:
            self.shut = until
            self.calls = [until] * (self.rate.burst - 1)


class Limiting(RuleBasedStateMachine):
    """Workers ask, platforms close, time passes."""

    numbers = count()

    def limiter_on(self, clock: FrozenClock) -> RateLimiter:
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.clock = FrozenClock()
        self.limiter = self.limiter_on(self.clock)
        name = f"example-{next(self.numbers)}"
        self.wide = Bucket(Rate(f"{name}:wide", 4.0, 6))
        self.narrow = [Bucket(Rate(f"{name}:{number}", 0.5 * (number + 1), 1 + number)) for number in range(3)]
        self.waiting: list[tuple[float, int]] = []

    @rule(seconds=st.sampled_from([0.05, 0.25, 0.5, 1.0, 1.75, 6.0, 40.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(which=st.integers(0, 2), reserve=st.sampled_from([0, 0, 0, 1, 2]))
    def somebody_asks(self, which: int, reserve: int) -> None:
        self._ask(which, reserve=reserve, waited=False)

    @precondition(lambda self: self.waiting)
    @rule()
    def who_was_told_comes_back(self) -> None:
        when, which = min(self.waiting)
        self.waiting.remove((when, which))
        self.clock.advance(max(when - self.clock.now(), 0.0))
        self._ask(which, reserve=0, waited=True)

    @rule(which=st.integers(0, 2), seconds=st.sampled_from([0.5, 3.0, 30.0]))
    def the_platform_asks_for_a_pause(self, which: int, seconds: float) -> None:
        narrow, until = self.narrow[which], self.clock.now() + seconds
        self.limiter.close([narrow.rate, self.wide.rate], seconds=seconds)
        narrow.close(until)
        other, still = self.wide.hurt
        if other not in ("", narrow.rate.name) and still > self.clock.now():
            self.wide.close(until)
        self.wide.hurt = (narrow.rate.name, until)

    def _ask(self, which: int, *, reserve: int, waited: bool) -> None:
        buckets, now = [self.narrow[which], self.wide], self.clock.now()
        wait = self.limiter.take([one.rate for one in buckets], reserve=reserve, waited=waited)
        verdicts = [_verdict(one, now, reserve=reserve, waited=waited) for one in buckets]
        if wait == 0:
            assert "no" not in verdicts
            for one in buckets:
                one.calls.append(now)
            return
        assert wait > 0
        assert verdicts != ["yes", "yes"]
        self._told(buckets, verdicts, now + wait, reserve=reserve)
        if not reserve:
            self.waiting.append((now + wait, which))

    def _told(self, buckets: Sequence[Bucket], verdicts: Sequence[str], when: float, *, reserve: int) -> None:
        """Check that the time is honest, behind the line, and no later than it must be."""
        now, turns = self.clock.now(), []
        for one, verdict in zip(buckets, verdicts, strict=True):
            if verdict == "yes":
                continue
            needed = 1 + min(reserve, one.rate.burst - 1)
            assert one.room(when) >= needed - 2 * SLACK
            assert when >= one.shut - 1e-3
            missing = max(needed - one.room(max(now, one.shut)), 0.0)
            ready = max(now, one.shut) + missing / one.rate.per_second
            step = 1 / one.rate.per_second
            turns.append(max(ready, one.latest_line + step))
            if verdict == "no":
                assert when >= one.line + step - 1e-3
            if not reserve:
                one.line = max(ready, one.line + step) if verdict == "no" else one.line
                one.latest_line = turns[-1]
        assert when <= max(turns) + 0.01


def _verdict(bucket: Bucket, now: float, *, reserve: int, waited: bool) -> str:
    """Return whether the definition lets a call through: yes, no, or either where it is too close to tell."""
    room = bucket.room(now) - 1 - min(reserve, bucket.rate.burst - 1)
    surely = [room, now - bucket.shut - 1e-5]
    perhaps = [room + SLACK, now - bucket.shut + 1e-5]
    if not waited:
        surely.append(now - bucket.latest_line - SLACK)
        perhaps.append(now - bucket.line + SLACK)
    if min(surely) > 0 or (room >= -1e-5 and min(surely[1:]) > 0):
        return "yes"
    return "no" if min(perhaps) < 0 else "either"


@pytest.mark.parametrize("where", ["memory", "redis"])
def test_the_definition_holds(where: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("redis_url") if where == "redis" else ""

    class Machine(Limiting):
        def limiter_on(self, clock: FrozenClock) -> RateLimiter:
            alone = InMemoryRateLimiter(clock)
            return shared(clock) if url else alone

    made: list[RedisRateLimiter] = []

    def shared(clock: FrozenClock) -> RedisRateLimiter:
        for old in made:
            old.shut_down()
        made[:] = [RedisRateLimiter(url, alone=InMemoryRateLimiter(clock), clock=clock)]
        return made[0]

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=100, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    for one in made:
        one.shut_down()
