"""Models are looked at in the background: all of them, a sick one more often, and a new one at once."""

import threading
from collections.abc import Callable

from tests.unit.serving import Served, entry
from workers.health_rounds import AT_ONCE, ILL_SECONDS, JITTER, WELL_SECONDS, HealthRounds


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def rounds(models: list[Served], now: Time, *, chance: Callable[[], float] = lambda: 0.5) -> HealthRounds:
    return HealthRounds(lambda: models, monotonic=now, chance=chance)


def test_a_model_that_is_well_is_looked_at_every_ten_seconds_and_a_sick_one_every_two() -> None:
    now, well, ill = Time(), Served(entry("well")), Served(entry("ill"))
    ill.ill = "no answer"
    round = rounds([well, ill], now)
    for _ in range(10):
        round.walk()
        now.now += 1.0
    assert (well.looks, ill.looks) == (10 / WELL_SECONDS, 10 / ILL_SECONDS)


def test_what_a_look_found_is_in_the_pulse() -> None:
    now, well, ill = Time(), Served(entry("well")), Served(entry("ill"))
    ill.ill = "no answer"
    round = rounds([well, ill], now)
    assert round.pulses() == []
    round.walk()
    assert [(one.model, one.trouble) for one in round.pulses()] == [("well", None), ("ill", "no answer")]
    assert round.pulses()[0].load == well.load()


def test_a_model_that_is_new_or_changed_is_looked_at_at_once_and_one_that_went_is_forgotten() -> None:
    now, old = Time(), Served(entry("old"))
    models = [old]
    round = rounds(models, now)
    round.walk()
    changed = Served(entry("old", urls=("http://elsewhere",)))
    models[:] = [changed]
    assert round.pulses() == []
    round.walk()
    assert (old.looks, changed.looks) == (1, 1)


def test_looks_vary_in_time() -> None:
    now, model = Time(), Served(entry("a"))
    round = rounds([model], now, chance=lambda: 0.0)
    round.walk()
    now.now += WELL_SECONDS * (1 - JITTER)
    round.walk()
    assert model.looks == 2


def test_a_few_are_looked_at_side_by_side_and_no_more() -> None:
    meeting, most, running = threading.Barrier(AT_ONCE), [0], [0]
    lock = threading.Lock()

    class Slow(Served):
        def trouble(self) -> str | None:
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            meeting.wait(5)  # nobody passes before so many are asked
            with lock:
                running[0] -= 1
            return None

    round = rounds([Slow(entry(str(number))) for number in range(2 * AT_ONCE)], Time())
    round.walk()
    assert most[0] == AT_ONCE
    assert len(round.pulses()) == 2 * AT_ONCE
