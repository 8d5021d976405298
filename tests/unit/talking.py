"""A chat model whose every delta a test writes, and the effort of one turn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.domain.account import Account, Prices, unpriced
from bot.domain.conversation import PersonId
from bot.domain.errors import Cancelled
from bot.domain.models import ChatDelta, ChatRequest, ModelEntry
from bot.ensemble.effort import Effort
from bot.ports.cancellation import Cancellation
from integrations.memory.clock import FrozenClock

ENDS = ChatDelta("", "stop")


class Turn:
    """A Cancellation that a test stops by hand."""

    def __init__(self) -> None:
        self.stopped = False

    def remaining(self) -> float:
        return 0.0 if self.stopped else 30.0

    def cancelled(self) -> bool:
        return self.stopped

    def check(self) -> None:
        if self.stopped:
            raise Cancelled("the turn was stopped")


@dataclass
class TalkingModel:
    """Each call says the next list of deltas, or raises what stands among them; the last list is said for ever.

    A call takes `seconds` before each delta. hung_up: calls that were closed before their end.
    """

    calls: list[Sequence[ChatDelta | Exception]]
    entry: ModelEntry
    clock: FrozenClock = field(default_factory=FrozenClock)
    seconds: float = 0.0
    requests: list[ChatRequest] = field(default_factory=list)
    hung_up: int = 0

    def stream(self, request: ChatRequest, cancellation: Cancellation) -> Iterator[ChatDelta]:
        self.requests.append(request)
        cancellation.check()
        said = self.calls.pop(0) if len(self.calls) > 1 else self.calls[0]
        try:
            for one in said:
                self.clock.advance(self.seconds)
                if isinstance(one, Exception):
                    raise one
                yield one
        except GeneratorExit:
            self.hung_up += 1
            raise

    def healthy(self) -> bool:
        return True


def entry(name: str = "small", *, size: str = "small", urls: int = 1, **fields: object) -> ModelEntry:
    return ModelEntry(name, "openai", tuple(f"http://gpu-{n}" for n in range(urls)), name, size=size, **fields)


def talking(*calls: str | Sequence[ChatDelta | Exception], model: ModelEntry | None = None) -> TalkingModel:
    """Return a model that says these texts whole, or these deltas."""
    deltas = [[ChatDelta(call), ENDS] if isinstance(call, str) else call for call in calls]
    return TalkingModel(deltas, model or entry())


def effort(
    *, clock: FrozenClock | None = None, turn: Turn | None = None, prices: Prices = unpriced, **fields: object
) -> Effort:
    account = Account((clock or FrozenClock()).monotonic, prices)
    return Effort(PersonId("telegram:42"), turn or Turn(), lambda _: None, account, **fields)
