"""How the models fare, over all processes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.domain.models import ModelLoad


@dataclass(frozen=True, slots=True)
class ModelPulse:
    """One model as one process sees it. trouble: why none of its servers can be used, as last looked."""

    model: str
    load: ModelLoad
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Tries:
    """How often a model was asked for a draft, how often there was one to judge, and how often it was accepted."""

    tried: int = 0
    judged: int = 0
    accepted: int = 0


class ModelCensus(Protocol):
    """Asks tables, never a model: it costs the same while all of them are down."""

    def pulses(self) -> Mapping[str, tuple[ModelPulse, ...]]:
        """Return for each model what the processes that live say of it; at most some ten seconds old."""

    def tries(self) -> Mapping[str, Tries]:
        """Return each model's tries of the last day, counted in the latest 20,000 turns at most."""
