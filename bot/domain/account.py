"""What one turn spends, collected while it works: the only value here that changes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.domain.messages import ModelCall

Priced = Callable[[ModelCall], ModelCall]
"""Ends a call and returns it with `usd` and `reference_usd`."""

Prices = Callable[[str], Priced]
"""Begins a call to the model of this name; what it returns is called exactly once, when the call is over, however it
ended. Thread-safe: calls of other turns run meanwhile, and how many share a GPU decides what each costs."""

_LATIN_CHARACTERS_PER_TOKEN = 4
_OTHER_CHARACTERS_PER_TOKEN = 1.5


def unpriced(model: str) -> Priced:
    """Price nothing: each call costs 0."""
    return lambda call: call


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text is, where no server said: 4 ASCII characters or 1.5 others a token.

    A rule of thumb (OpenAI gives 4 characters for English; large vocabularies split Hangul about by syllables); a call
    that was counted so says so.
    """
    latin = len(text.encode("ascii", "ignore"))
    tokens = latin / _LATIN_CHARACTERS_PER_TOKEN + (len(text) - latin) / _OTHER_CHARACTERS_PER_TOKEN
    return max(1, round(tokens)) if text else 0


@dataclass(slots=True)
class Tally:
    """What is known of a call while it runs. counted: the server's own figures."""

    input_tokens: int = 0
    output_tokens: int = 0
    replica: str | None = None
    counted: bool = False


@dataclass(slots=True)
class Account:
    """The calls and stages of one turn, in order. Of one thread. monotonic: seconds that never run backwards."""

    monotonic: Callable[[], float]
    prices: Prices = unpriced
    calls: list[ModelCall] = field(default_factory=list)
    _stages: dict[str, float] = field(default_factory=dict)

    @property
    def stages(self) -> tuple[tuple[str, float], ...]:
        """Return the seconds of each stage, in the order in which they first began."""
        return tuple(self._stages.items())

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time inside under `name`; one that comes again is added up. Do not nest a stage in another."""
        self._stages.setdefault(name, 0.0)
        started = self.monotonic()
        try:
            yield
        finally:
            self._stages[name] += self.monotonic() - started

    @contextmanager
    def call(self, purpose: str, model: str) -> Iterator[Tally]:
        """Note one call to a model, however it ends; whoever makes it fills in the tally before it is over.

        A call that failed before a word came has no tokens.
        """
        priced = self.prices(model)
        started = self.monotonic()
        tally = Tally()
        try:
            yield tally
        finally:
            call = ModelCall(
                purpose=purpose,
                model=model,
                input_tokens=tally.input_tokens,
                output_tokens=tally.output_tokens,
                seconds=self.monotonic() - started,
                replica=tally.replica,
                counted=tally.counted,
            )
            self.calls.append(priced(call))

    @contextmanager
    def embedding(self, model: str, texts: Sequence[str]) -> Iterator[None]:
        """Note that these texts are embedded inside."""
        with self.call("embed", model) as tally:
            yield
            tally.input_tokens = sum(map(estimated_tokens, texts))
