"""Collective intelligence: several drafts, one answer. Off unless a skill's ladder names `panel`.

Two drafts first; more are asked for only if those disagree, and no more once a majority is settled. Choosing beats
averaging: voting explains most of what debates gain (Debate or Vote, 2025), and sampling the best single model beats
mixing several (Self-MoA, 2025), so `vote` over one model's samples is the mode to begin with.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.resources import files
from itertools import cycle, islice
from typing import Literal

from bot.domain.errors import ModelRejected, ModelUnavailable
from bot.domain.fencing import inert
from bot.domain.models import ChatMessage, ChatRequest
from bot.ensemble.effort import Effort
from bot.ensemble.metering import ask
from bot.ensemble.verifiers.agreement import Answer, Terms, answer_of, words_of
from bot.ensemble.verifiers.json_schema import json_of
from bot.ensemble.verifiers.verdict import Draft, Judged, Verdict, Verifier
from bot.ensemble.vote import camps, hopeless, settled, spokesman
from bot.ports.chat_model import ChatModel

_PROMPTS = {
    name: files("bot").joinpath("ensemble", "prompts", f"{name}.md").read_text(encoding="utf-8").strip()
    for name in ("judge", "merge")
}

TEMPERATURE = 0.7
"""Of samples of one model (Self-MoA and self-consistency use 0.7); at 0 all are the same."""

_JUDGE_TOKENS = 16
_LEAST_SEATS = 2

Mode = Literal["vote", "judge", "merge"]
Sampler = Callable[[], Draft]
"""Makes one draft. May raise ModelUnavailable or ModelRejected: then its seat stays empty."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a panel came to. seats: drafts it may ask for; asked: how many it did. draft: None if nothing passes."""

    verdict: Verdict
    draft: Draft | None
    seats: int
    asked: int

    @property
    def saved(self) -> int:
        """Drafts that were not needed."""
        return self.seats - self.asked

    @property
    def judged(self) -> Judged[str]:
        """The same for a rung of a ladder; the saving is in its words."""
        words = f"{self.verdict.why}; {self.asked} of {self.seats} drafts asked for"
        return Judged(replace(self.verdict, why=words), self.draft.text if self.draft is not None else None)


@dataclass(frozen=True, slots=True)
class Chair:
    """Who judges or merges drafts, and for which question. Unused in a vote."""

    model: ChatModel
    question: str
    effort: Effort
    max_tokens: int = 256


def draft_of(model: ChatModel, request: ChatRequest, *, effort: Effort, purpose: str = "answer") -> Draft:
    """Ask a model and return its whole draft. Raises ModelUnavailable, ModelRejected, Cancelled."""
    deltas = list(ask(model, request, effort=effort, purpose=purpose))
    return Draft(
        text="".join(delta.text for delta in deltas).strip(),
        finished=bool(deltas) and deltas[-1].finish_reason == "stop",
        logprobs=tuple(logprob for delta in deltas for logprob in delta.logprobs),
    )


def samplers(
    models: Sequence[ChatModel], request: ChatRequest, *, seats: int, effort: Effort, purpose: str = "answer"
) -> list[Sampler]:
    """Return `seats` samplers that take the models in turn; one model alone is sampled again and again."""
    warm = replace(request, temperature=TEMPERATURE)
    return [partial(draft_of, model, warm, effort=effort, purpose=purpose) for model in islice(cycle(models), seats)]


def convene(
    seats: Sequence[Sampler],
    *,
    verify: Verifier,
    mode: Mode = "vote",
    chair: Chair | None = None,
    terms: Terms = words_of,
) -> Opinion:
    """Ask for drafts until the panel is of one mind, and return its answer.

    verify: each draft, and what is made of several, must pass it. The first two that pass end every mode if they agree.
    Raises ModelUnavailable or ModelRejected if no draft came at all or the chair fails, Cancelled, and ValueError for
    fewer than two seats, or for judge and merge without a chair.
    """
    if len(seats) < _LEAST_SEATS or (mode != "vote" and chair is None):
        raise ValueError(f"A panel that is to {mode} has {len(seats)} seats and {'a' if chair else 'no'} chair.")
    heard = _heard(seats, verify=verify, terms=terms, votes=mode == "vote")
    camp = _of_one_mind(heard.answers, seats=len(seats))
    if camp is not None:
        why = f"{len(camp)} of {len(heard.drafts)} drafts say the same"
        verdict = Verdict(True, why, len(camp) / len(heard.drafts))
        return Opinion(verdict, heard.drafts[spokesman(heard.answers, camp)], len(seats), heard.asked)
    judged = _without_majority(heard, mode, chair=chair, verify=verify)
    return Opinion(judged.verdict, judged.value, len(seats), heard.asked)


@dataclass(slots=True)
class _Heard:
    """The drafts that passed, the same made comparable, and how many were asked for."""

    drafts: list[Draft] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    asked: int = 0


def _heard(seats: Sequence[Sampler], *, verify: Verifier, terms: Terms, votes: bool) -> _Heard:
    """Ask one seat after the other until no further draft could matter."""
    heard, came, failure = _Heard(), False, None
    for sampler in seats:
        heard.asked += 1
        try:
            draft = sampler()
        except (ModelUnavailable, ModelRejected) as error:
            failure = error
        else:
            came = True
            if verify(draft).accepted:
                heard.drafts.append(draft)
                heard.answers.append(answer_of(draft, terms))
        if _of_one_mind(heard.answers, seats=len(seats)) or (votes and _hopeless(heard, seats=len(seats))):
            break
    if failure is not None and not came:
        raise failure
    return heard


def _of_one_mind(answers: Sequence[Answer], *, seats: int) -> frozenset[int] | None:
    """Return the camp that decides: the first two drafts if they agree, else a majority of all seats."""
    return settled(answers, seats=len(answers) if len(answers) == _LEAST_SEATS else seats)


def _hopeless(heard: _Heard, *, seats: int) -> bool:
    """Tell whether a vote is lost: two drafts were heard that differ, and what is left makes no majority."""
    left = seats - heard.asked
    return len(heard.answers) >= _LEAST_SEATS and hopeless(heard.answers, seats=seats, left=left)


def _without_majority(heard: _Heard, mode: Mode, *, chair: Chair | None, verify: Verifier) -> Judged[Draft]:
    parties = camps(heard.answers)
    candidates = [heard.drafts[spokesman(heard.answers, camp)] for camp in parties]
    if not candidates:
        return Judged(Verdict(False, "no draft passes"))
    if mode == "vote" or chair is None:
        sizes = " : ".join(str(len(camp)) for camp in parties)
        return Judged(Verdict(False, f"no majority among the drafts ({sizes})"))
    if len(candidates) == 1:
        return Judged(Verdict(True, "only one draft passes"), candidates[0])
    if mode == "judge":
        return _chosen(candidates, chair)
    return _merged(candidates, chair, verify=verify)


def _chosen(candidates: Sequence[Draft], chair: Chair) -> Judged[Draft]:
    """Let the chair choose in both orders: judges prefer a place (Zheng et al., 2023), and that is no choice."""
    best = _place(candidates, chair)
    mirrored = _place(candidates[::-1], chair)
    if best is None or mirrored is None:
        return Judged(Verdict(False, "the judge named none of the drafts"))
    if best != len(candidates) - 1 - mirrored:
        return Judged(Verdict(False, "the judge chose by place and not by content"))
    return Judged(Verdict(True, f"the judge chose one of {len(candidates)} drafts, in both orders"), candidates[best])


def _place(candidates: Sequence[Draft], chair: Chair) -> int | None:
    best = {"type": "integer", "minimum": 1, "maximum": len(candidates)}
    schema = {"type": "object", "properties": {"best": best}, "required": ["best"], "additionalProperties": False}
    request = replace(_request("judge", candidates, chair), max_tokens=_JUDGE_TOKENS, json_schema=schema)
    reply = json_of(schema)(draft_of(chair.model, request, effort=chair.effort, purpose="judge"))
    return int(reply.value["best"]) - 1 if reply.verdict.accepted and reply.value is not None else None


def _merged(candidates: Sequence[Draft], chair: Chair, *, verify: Verifier) -> Judged[Draft]:
    merged = draft_of(chair.model, _request("merge", candidates, chair), effort=chair.effort, purpose="merge")
    verdict = verify(merged)
    if not verdict.accepted:
        return Judged(Verdict(False, f"what was merged does not pass: {verdict.why}"))
    return Judged(Verdict(True, f"merged from {len(candidates)} drafts; {verdict.why}"), merged)


def _request(prompt: str, candidates: Sequence[Draft], chair: Chair) -> ChatRequest:
    fenced = "\n\n".join(
        f"<answer {number}>\n{inert(draft.text, 'answer')}\n</answer {number}>"
        for number, draft in enumerate(candidates, start=1)
    )
    asked = f"Question: {chair.question}\n\n{fenced}"
    messages = (ChatMessage("system", _PROMPTS[prompt]), ChatMessage("user", asked))
    return ChatRequest(messages, max_tokens=chair.max_tokens)
