"""What Maru's own records teach: which model's draft was accepted for which question."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.messages import ModelCall
from bot.ports.past_turns import PastTurn


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A question, the channel it came from, and the verdict on each model that wrote a draft for it."""

    question: str
    channel: str
    accepted: Mapping[str, bool]


def verdicts(turns: Iterable[PastTurn]) -> list[Verdicts]:
    """Return the turns in which models wrote drafts, in order.

    A model that was down or left out says nothing of its drafts: only judged tries count, and no panel's. Where
    somebody asked the bigger model instead, what the verifiers had accepted was not good enough after all.
    """
    found = []
    for turn in turns:
        accepted: dict[str, bool] = {}
        for tried in turn.receipt.tries:
            if tried.rung == "model" and tried.model is not None and tried.judged:
                accepted[tried.model] = accepted.get(tried.model, False) or (tried.accepted and not turn.disputed)
        if accepted:
            found.append(Verdicts(turn.question, turn.channel, accepted))
    return found


def costs(turns: Iterable[PastTurn], models: Sequence[str]) -> list[tuple[float, float]]:
    """Return what one call to each model costs on average, in USD and in seconds; 0 where none is known."""
    calls: dict[str, list[ModelCall]] = {name: [] for name in models}
    for turn in turns:
        for call in turn.receipt.calls:
            if call.model in calls:
                calls[call.model].append(call)
    return [
        (sum(one.usd for one in made) / (len(made) or 1), sum(one.seconds for one in made) / (len(made) or 1))
        for made in calls.values()
    ]


def table(rows: Sequence[Verdicts], models: Sequence[str]) -> list[list[float]]:
    """Return a row a question and a column a model: 1 accepted, 0 refused, NaN not tried."""
    return [[float(row.accepted[name]) if name in row.accepted else float("nan") for name in models] for row in rows]


def models_of(rows: Iterable[Verdicts]) -> tuple[str, ...]:
    """Return the models that were tried, by name."""
    return tuple(sorted({name for row in rows for name in row.accepted}))
