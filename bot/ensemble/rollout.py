"""How a new model takes an old one's place: first silently beside it, then for a share of one channel, then for all.

Who gets it is decided by a hash of the conversation, so that a talk never changes its model in the middle, and a larger
share only adds conversations. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from math import sqrt

from bot.domain.conversation import ConversationId
from bot.domain.models import ChatDelta, ChatRequest, ModelEntry
from bot.domain.rollouts import EVERYWHERE, Rollout, Verdicts
from bot.ports.cancellation import Cancellation
from bot.ports.chat_model import ChatModel

LATEST = 200
"""Verdicts of each model that are compared: enough to tell .60 from .45, few enough to notice a fall within the day."""

FEWEST = 30
"""Verdicts of each model before anything is concluded."""

SURE = 3.5
"""Standard errors. Far beyond the usual 1.96, for the models are compared after every verdict, thousands of times: of
600 simulated rollouts of 4,000 verdicts, 30 % of them the candidate's, of two equally good models 2 % were stopped
(10 % at 3.0, 72 % at 1.96). One that falls from .60 to .30 is noticed after 43 verdicts of its own in the median, from
.80 to .60 after 68, from .60 to .45 after 161."""


class InPlaceOf:
    """`ChatModel` that does the work of another: its size, tasks and languages decide where it is asked."""

    def __init__(self, model: ChatModel, incumbent: ModelEntry) -> None:
        self._model = model
        self._entry = replace(model.entry, size=incumbent.size, tasks=incumbent.tasks, languages=incumbent.languages)

    @property
    def entry(self) -> ModelEntry:
        """What the catalogue says of it, at the other's place."""
        return self._entry

    def stream(self, request: ChatRequest, cancellation: Cancellation) -> Iterator[ChatDelta]:
        """Yield its own text."""
        return self._model.stream(request, cancellation)

    def healthy(self) -> bool:
        """Tell whether it answers now."""
        return self._model.healthy()


def takes(rollout: Rollout, conversation: ConversationId, channel: str) -> bool:
    """Tell whether the candidate has a part in this conversation."""
    return rollout.channel in (EVERYWHERE, channel) and point(rollout.candidate, conversation) < rollout.share


def point(candidate: str, conversation: ConversationId) -> float:
    """Return where a conversation lies between 0 and 1, evenly and for ever; another candidate finds it elsewhere."""
    digest = sha256(f"{candidate}\n{conversation}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def arranged(
    models: Sequence[ChatModel], rollouts: Sequence[Rollout], *, conversation: ConversationId, channel: str
) -> tuple[ChatModel, ...]:
    """Return the models of one turn: each candidate is tried right before its incumbent, or nowhere.

    The incumbent stays behind it: whom a canary fails is answered as before. Where the candidate is not there (switched
    off, or not in the catalogue) the incumbent goes on alone.
    """
    by_name = {model.entry.name: model for model in models}
    taken = {one.incumbent: one for one in rollouts if one.stage == "canary" and takes(one, conversation, channel)}
    candidates = {one.candidate for one in rollouts}
    ladder: list[ChatModel] = []
    for name, model in by_name.items():
        if name in taken and (new := by_name.get(taken[name].candidate)) is not None:
            ladder.append(InPlaceOf(new, model.entry))
        if name not in candidates:
            ladder.append(model)
    return tuple(ladder)


def worse(verdicts: Verdicts) -> bool:
    """Tell whether the candidate's drafts are surely accepted less often than the incumbent's.

    The upper end of Newcombe's interval for the difference of two proportions, built of two Wilson intervals (Newcombe
    1998, Statistics in Medicine 17:873, method 10), lies below zero. Give it the LATEST of both.
    """
    new, old = verdicts.candidate, verdicts.incumbent
    if min(len(new), len(old)) < FEWEST:
        return False
    mine, its = sum(new) / len(new), sum(old) / len(old)
    _, highest = wilson(sum(new), len(new), deviations=SURE)
    lowest, _ = wilson(sum(old), len(old), deviations=SURE)
    return mine - its + sqrt((highest - mine) ** 2 + (its - lowest) ** 2) < 0


def wilson(successes: int, tries: int, *, deviations: float) -> tuple[float, float]:
    """Return the ends of Wilson's score interval of a proportion (Wilson 1927, JASA 22:209)."""
    square = deviations**2
    share = successes / tries
    middle = (share + square / (2 * tries)) / (1 + square / tries)
    half = deviations / (1 + square / tries) * sqrt(share * (1 - share) / tries + square / (4 * tries**2))
    return max(middle - half, 0.0), min(middle + half, 1.0)
