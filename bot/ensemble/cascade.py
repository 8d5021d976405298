"""The climb: rung after rung, cheapest first, until a verifier accepts a draft. Every try is written down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from bot.domain.errors import ModelRejected, ModelUnavailable
from bot.domain.messages import RungTry
from bot.ensemble.effort import Effort, Reach
from bot.ensemble.verifiers.verdict import Judged
from bot.ports.chat_model import ChatModel

T = TypeVar("T")

_SIZES: dict[Reach, int] = {"none": 0, "small": 1, "large": 2}

_HURRIED = "not tried, for many others wait"
_OVER_QUOTA = "not tried, for the quota is used up"


@dataclass(frozen=True, slots=True)
class Rung(Generic[T]):
    """One step of a ladder.

    attempt: drafts and judges, asking models through `metering.ask` only; where it raises ModelUnavailable or
    ModelRejected the next rung is tried. model: whose size and name stand for the rung. name: `model`, or `panel`.
    """

    model: ChatModel
    attempt: Callable[[], Judged[T]]
    name: str = "model"


@dataclass(frozen=True, slots=True)
class Climbed(Generic[T]):
    """What was accepted, None if nothing, and each try in order. capped: the quota kept a rung from being tried."""

    value: T | None
    tries: tuple[RungTry, ...]
    capped: bool = False


def reaches(most: Reach, size: Literal["small", "large"]) -> bool:
    """Tell whether a model of this size may be asked."""
    return _SIZES[size] <= _SIZES[most]


def climb(rungs: Sequence[Rung[T]], *, effort: Effort) -> Climbed[T]:
    """Try the rungs in order until one is accepted; those that the effort leaves out are recorded in their place.

    A rung whose server broke off in mid-answer is tried once more if it has another server: nothing was shown yet.
    Raises Cancelled, and whatever an attempt raises beside its model's failure.
    """
    tries: list[RungTry] = []
    capped = False
    for rung in rungs:
        if _SIZES[rung.model.entry.size] < _SIZES[effort.least]:
            continue
        if not reaches(effort.most, rung.model.entry.size):
            capped = True
            tries.append(_left_out(rung, _OVER_QUOTA))
            continue
        if effort.hurried and any(one.tried for one in tries):
            tries.append(_left_out(rung, _HURRIED))
            continue
        value = _climbed(rung, tries, effort=effort)
        if value is not None:
            return Climbed(value, tuple(tries))
    return Climbed(None, tuple(tries), capped)


def _left_out(rung: Rung[T], why: str) -> RungTry:
    return RungTry(rung.name, False, why, rung.model.entry.name, tried=False, judged=False)


@dataclass(frozen=True, slots=True)
class _Tried(Generic[T]):
    """What was accepted, and whether the model's stream died while there is another server, and time for it."""

    value: T | None
    died: bool


def _climbed(rung: Rung[T], tries: list[RungTry], *, effort: Effort) -> T | None:
    """Try one rung, once more where its stream died, and write each try down."""
    tried = _try(rung, tries, effort=effort)
    if tried.died:
        tried = _try(rung, tries, effort=effort)
    return tried.value


def _try(rung: Rung[T], tries: list[RungTry], *, effort: Effort) -> _Tried[T]:
    effort.cancellation.check()
    entry, account = rung.model.entry, effort.account
    started, calls = account.monotonic(), len(account.calls)
    judged: Judged[T] | None = None
    died = False
    try:
        judged = rung.attempt()
        why = judged.verdict.why
    except ModelRejected as error:
        why = str(error)
    except ModelUnavailable as error:
        why = str(error)
        died = any(call.output_tokens for call in account.calls[calls:])
    seconds = account.monotonic() - started
    accepted = judged is not None and judged.verdict.accepted
    tries.append(RungTry(rung.name, accepted, why, entry.name, seconds, judged=judged is not None))
    again = died and len(entry.urls) > 1 and seconds * 2 < entry.total_seconds
    return _Tried(judged.value if judged is not None and accepted else None, again)
