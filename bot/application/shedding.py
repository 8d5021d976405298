"""Who goes on asking after a hundred refusals is not heard for a second, at next to no cost.

A refusal in words costs a third of an answer, and takes from what the platform lets Maru post. Without this, a
program in a loop would use up for its refusals what everybody else's answers need. It is never silence: its person
reads each of the first hundred refusals and some more every second, and what was not heard was not acknowledged: the
platform delivers it again.
"""

from dataclasses import dataclass
from threading import Lock

from bot.domain.conversation import PersonId
from bot.domain.events import Incoming, MessageReceived
from bot.nlu.stopping import asks_to_stop
from bot.ports.clock import Clock

WORDS_A_MINUTE = 100
"""Refusals to one person, each in words: more than anybody reads, and a third of what Slack lets an app post."""

DEAF_SECONDS = 1.0
"""Then one of them is heard again: there may be room by now."""

_MOST_KNOWN = 10_000
"""People whose refusals are remembered, before those are forgotten that do not matter any more."""


@dataclass(slots=True)
class _Refusals:
    """A bucket that leaks WORDS_A_MINUTE. at: when it was filled last, by the monotonic clock."""

    level: float
    at: float

    def now(self, time: float) -> float:
        return max(0.0, self.level - (time - self.at) * WORDS_A_MINUTE / 60)


class RefusalShedding:
    """`Shedding` of those whom this process refused again and again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._refusals: dict[PersonId, _Refusals] = {}

    def refused(self, person: PersonId) -> None:
        """Note a refusal in words."""
        now = self._clock.monotonic()
        with self._lock:
            before = self._refusals.get(person)
            level = 1.0 + (before.now(now) if before else 0.0)
            if before is None and len(self._refusals) >= _MOST_KNOWN:
                self._refusals = {one: known for one, known in self._refusals.items() if known.now(now) > 0}
            self._refusals[person] = _Refusals(level, now)

    def sheds(self, event: Incoming) -> bool:
        """Tell it of the questions of those who had their words; a change or a wish to stop is always heard."""
        if not isinstance(event, MessageReceived):
            return False
        refusals = self._refusals.get(event.person)
        if refusals is None or refusals.level < WORDS_A_MINUTE:
            return False
        return self._clock.monotonic() < refusals.at + DEAF_SECONDS and not asks_to_stop(event.text)
