"""What administrators switched about the models, and how the models fare."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.domain.conversation import PersonId
from bot.ports.model_census import ModelPulse, Tries
from integrations.memory.database import MemoryDatabase


class InMemorySwitchboard:
    """`Switchboard` that forgets with its process. by: who switched what off."""

    def __init__(self) -> None:
        self.by: dict[str, PersonId] = {}

    def off(self) -> frozenset[str]:
        """Return the names that are switched off."""
        return frozenset(self.by)

    def switch(self, model: str, *, off: bool, by: PersonId) -> bool:
        """Switch a model off or on again; return whether that changed anything."""
        if off == (model in self.by):
            return False
        if off:
            self.by[model] = by
        else:
            del self.by[model]
        return True


class InMemoryRouterDial:
    """`RouterDial` that forgets with its process. by: who set it."""

    def __init__(self) -> None:
        self._threshold: float | None = None
        self.by: PersonId | None = None

    def threshold(self) -> float | None:
        """Return it; None while nobody has set it."""
        return self._threshold

    def turn(self, threshold: float, *, by: PersonId) -> None:
        """Set it."""
        self._threshold, self.by = threshold, by


class InMemoryModelCensus:
    """`ModelCensus` over the turns of a memory database; every one of them is of the last day."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._beats: dict[str, Sequence[ModelPulse]] = {}

    def beat(self, process: str, models: Sequence[ModelPulse]) -> None:
        """Say how the models fare in a process."""
        self._beats[process] = models

    def pulses(self) -> Mapping[str, tuple[ModelPulse, ...]]:
        """Return for each model what the processes say of it."""
        found: defaultdict[str, tuple[ModelPulse, ...]] = defaultdict(tuple)
        for _, models in sorted(self._beats.items()):
            for pulse in models:
                found[pulse.model] += (pulse,)
        return dict(found)

    def tries(self) -> Mapping[str, Tries]:
        """Return each model's tries."""
        found: defaultdict[str, Tries] = defaultdict(Tries)
        with self._database.lock:
            tries = [one for turn in self._database.turns for one in turn.receipt.tries]
        for one in tries:
            if one.model is not None and one.tried:
                old = found[one.model]
                found[one.model] = Tries(old.tried + 1, old.judged + one.judged, old.accepted + one.accepted)
        return dict(found)
