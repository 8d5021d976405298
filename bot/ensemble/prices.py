"""What a call costs here, and what its tokens would have cost at the reference's price.

A model with prices per token costs its tokens. A model with `gpu_hour_usd` costs time: while n of this process's calls
are at the r servers of a model, each call takes min(1, r/n) of a GPU. A call's share is the integral of that fraction
over its life: the shares of all calls add up to the time in which the GPUs were busy for this process. Models
that share servers, as the adapters of one base do, share them here, too.

The error: calls of other processes, and of others who use the same servers, are not seen. A call is never made cheaper
by that than it was, but dearer: at most by the number of processes that keep the model busy at the same time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from threading import Lock

from bot.domain.messages import ModelCall
from bot.domain.models import ModelEntry
from bot.domain.money import Reference

MILLION = 1_000_000
EMBED = "embed"
"""The purpose of calls that have the reference's price for embeddings."""


class Pricing:
    """Prices calls as they begin and end. Thread-safe."""

    def __init__(
        self,
        *,
        entries: Callable[[], Iterable[ModelEntry]],
        reference: Callable[[], Reference],
        monotonic: Callable[[], float],
    ) -> None:
        """entries, reference: what the catalogue says now. What it does not name (the embedded encoder) is free."""
        self._entries = entries
        self._reference = reference
        self._monotonic = monotonic
        self._lock = Lock()
        self._meters: dict[tuple[str, ...], _Meter] = {}

    def __call__(self, model: str) -> Callable[[ModelCall], ModelCall]:
        """Begin a call to the model; what is returned ends it, once, and returns it with its prices."""
        entry = next((one for one in self._entries() if one.name == model), None)
        if entry is None or entry.gpu_hour_usd is None:
            return lambda call: self._priced(call, _token_usd(call, entry))
        return self._timed(entry, entry.gpu_hour_usd / 3600)

    def _timed(self, entry: ModelEntry, usd_per_second: float) -> Callable[[ModelCall], ModelCall]:
        with self._lock:
            meter = self._meters.setdefault(entry.urls, _Meter(self._monotonic(), len(entry.urls)))
            begun = meter.enter(self._monotonic())

        def end(call: ModelCall) -> ModelCall:
            with self._lock:
                share = meter.leave(self._monotonic()) - begun
            return self._priced(call, share * usd_per_second)

        return end

    def _priced(self, call: ModelCall, usd: float) -> ModelCall:
        return replace(call, usd=usd, reference_usd=reference_usd(call, self._reference()))


@dataclass(slots=True)
class _Meter:
    """How much of a GPU one call would have had that was there from the beginning on, in seconds, as of `at`."""

    at: float
    servers: int
    present: int = 0
    total: float = 0.0

    def enter(self, now: float) -> float:
        self._advance(now)
        self.present += 1
        return self.total

    def leave(self, now: float) -> float:
        self._advance(now)
        self.present -= 1
        return self.total

    def _advance(self, now: float) -> None:
        if self.present:
            self.total += (now - self.at) * min(1.0, self.servers / self.present)
        self.at = now


def reference_usd(call: ModelCall, reference: Reference) -> float:
    """Return what the call's tokens cost at the reference's price."""
    if call.purpose == EMBED:
        return call.input_tokens * reference.usd_per_million_embedding / MILLION
    paid = call.input_tokens * reference.usd_per_million_input + call.output_tokens * reference.usd_per_million_output
    return paid / MILLION


def _token_usd(call: ModelCall, entry: ModelEntry | None) -> float:
    if entry is None:
        return 0.0
    paid = call.input_tokens * (entry.usd_per_million_input or 0.0)
    return (paid + call.output_tokens * (entry.usd_per_million_output or 0.0)) / MILLION
