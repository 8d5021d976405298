"""How much is measured."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Scale:
    """Sizes of a whole run; `short` is for trying things out."""

    ack_seconds: float = 30.0
    noop_tasks: int = 4000
    events: int = 1000
    events_embedded: int = 200
    in_flight: int = 500
    latency_seconds: int = 30
    burst: int = 2000
    questions: int = 600
    decisions: int = 150
    old_turns: int = 10_000_000
    chunks: int = 1_000_000
    indexed: int = 20_000
    searches: int = 1_000
    soak_seconds: int = 1200
    calm_seconds: int = 20
    flood_seconds: int = 60

    @classmethod
    def short(cls) -> Self:
        """Return sizes for a run of a few minutes in all."""
        return cls(
            ack_seconds=5.0,
            noop_tasks=1500,
            events=200,
            events_embedded=40,
            in_flight=200,
            questions=100,
            decisions=20,
            latency_seconds=5,
            burst=200,
            old_turns=200_000,
            chunks=100_000,
            indexed=4_000,
            searches=200,
            soak_seconds=60,
            calm_seconds=8,
            flood_seconds=10,
        )
