"""Looks after the models of a process in the background, so that no turn waits to find out that one is down."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from itertools import islice

from bot.domain.models import ModelEntry
from bot.ports.chat_model import ServedModel
from bot.ports.model_census import ModelPulse

WELL_SECONDS = 10.0
ILL_SECONDS = 2.0
"""Between two looks at a model: a sick one is missed, so it is looked at more often."""

JITTER = 0.2
"""Share by which the time varies: many processes on one beat would all ask at once."""

AT_ONCE = 4
"""Looks at a time: each may take seconds, and a catalogue may be long."""

_TICK_SECONDS = 0.25


class HealthRounds:
    """models: those of now, whatever they are at each look. chance: 0 to 1."""

    def __init__(
        self,
        models: Callable[[], Sequence[ServedModel]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._models = models
        self._monotonic = monotonic
        self._chance = chance
        self._due: dict[ModelEntry, float] = {}
        self._troubles: dict[ModelEntry, str | None] = {}

    def begin(self) -> None:
        """Go round from now on, until the process ends."""
        threading.Thread(target=self._walk_forever, name="health-rounds", daemon=True).start()

    def pulses(self) -> list[ModelPulse]:
        """Return how each model fares that was looked at."""
        return [
            ModelPulse(model.entry.name, model.load(), self._troubles[model.entry])
            for model in self._models()
            if model.entry in self._troubles
        ]

    def walk(self) -> None:
        """Look at every model whose time has come, a few at once; a new one's has."""
        models = self._models()
        present = {model.entry for model in models}
        for gone in self._due.keys() - present:
            self._due.pop(gone)
            self._troubles.pop(gone, None)
        due = (model for model in models if self._due.get(model.entry, 0.0) <= self._monotonic())
        while few := list(islice(due, AT_ONCE)):
            threads = [threading.Thread(target=self._look, args=(model,), daemon=True) for model in few]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def _look(self, model: ServedModel) -> None:
        trouble = model.trouble()
        pause = ILL_SECONDS if trouble else WELL_SECONDS
        self._troubles[model.entry] = trouble
        self._due[model.entry] = self._monotonic() + pause * (1 + JITTER * (2 * self._chance() - 1))

    def _walk_forever(self) -> None:
        while True:
            self.walk()
            time.sleep(_TICK_SECONDS)
