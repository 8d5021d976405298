"""The panel rung: several drafts of one model, and a judge or a merger where the catalogue has one."""

from dataclasses import dataclass

from bot.dialogue.means import Effort, Means
from bot.domain.models import ChatRequest
from bot.ensemble.ladder import rungs
from bot.ensemble.panel import Chair, Mode, convene, samplers
from bot.ensemble.verifiers.verdict import Judged, Verifier
from bot.nlu.language import language_of
from bot.ports.chat_model import ChatModel

SEATS = 5
"""Drafts at most; gains flatten after about ten (More Agents, 2024), and two that agree are enough."""

_CHAIRS: tuple[Mode, ...] = ("judge", "merge")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a panel is asked: the request for a draft, the question as a chair reads it, and the call's purpose."""

    request: ChatRequest
    question: str
    purpose: str


def convened(model: ChatModel, asked: Asked, *, verify: Verifier, means: Means, effort: Effort) -> Judged[str]:
    """Sample the model until its drafts agree; where no majority comes, a model of task `judge` or `merge` decides.

    Sampling one model is the rule, for it beats mixing several (Self-MoA, 2025). Raises ModelUnavailable,
    ModelRejected, EncoderUnavailable, Cancelled.
    """
    mode, chair = _chair(asked, means=means, effort=effort)

    def terms(text: str) -> frozenset[str]:
        return frozenset(means.analyser.analyse([text])[0])

    seats = samplers([model], asked.request, seats=SEATS, effort=effort, purpose=asked.purpose)
    return convene(seats, verify=verify, mode=mode, chair=chair, terms=terms).judged


def _chair(asked: Asked, *, means: Means, effort: Effort) -> tuple[Mode, Chair | None]:
    for mode in _CHAIRS:
        able = rungs(means.models, task=mode, language=language_of(asked.question))
        allowed = [one for one in able if one.entry.size == "small" or effort.most == "large"]
        if allowed:
            return mode, Chair(allowed[-1], asked.question, effort, asked.request.max_tokens)
    return "vote", None
