"""The answer-from-knowledge ladder: curated answer, small model, larger model, quotation, honest refusal."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from bot.dialogue.curating import day, given
from bot.dialogue.means import Effort, Means
from bot.dialogue.outcome import Outcome
from bot.domain.documents import Passage
from bot.domain.errors import EncoderUnavailable, ModelRejected
from bot.domain.language import Language
from bot.domain.messages import Reply, RungTry
from bot.ensemble.cascade import Rung, climb
from bot.ensemble.ladder import rungs
from bot.ensemble.metering import ask
from bot.ensemble.starting import started
from bot.ensemble.verifiers.cited import backed
from bot.ensemble.verifiers.garbage import clean
from bot.ensemble.verifiers.language import same_language
from bot.ensemble.verifiers.verdict import Draft, Judged, Verdict
from bot.generation.ages import age
from bot.generation.contradicting import Statement, contradiction
from bot.generation.drafting import NO_ANSWER, complete_sentences, draft_request
from bot.generation.grounding import Grounded, ground
from bot.generation.phrases import phrase
from bot.generation.pointing import Pointer
from bot.generation.quoting import quote, snippet
from bot.nlu.language import language_of
from bot.nlu.understanding import Understanding
from bot.ports.chat_model import ChatModel
from bot.retrieval.citations import cite
from bot.retrieval.retriever import Evidence, retrieve

SHOWN_TO_MODELS = 3
"""Passages in a prompt. Reading is the slow half on a CPU, and the answer is in the first three or nowhere."""

NEAREST_SHOWN = 3
"""Passages offered when nothing answers."""


def answer(understood: Understanding, *, command: str, means: Means, effort: Effort) -> Outcome:
    """Climb until a rung's draft is verified; the last rungs cannot fail.

    command: how commands start on this platform.
    Raises EncoderUnavailable, DatabaseUnavailable, Cancelled.
    """
    if effort.least == "small":  # who asks for the bigger model has seen the curated answer
        with effort.account.stage("search"):
            curated = given(understood.question, understood.vector, means)
        if curated is not None:
            return curated
    outcome = _answer(understood, command=command, means=means, effort=effort)

    def again(other: Means, silent: Effort) -> tuple[RungTry, ...]:
        same = replace(other, spaces=means.spaces, narrowed=means.narrowed)  # nobody else reads along
        return _answer(understood, command=command, means=same, effort=silent).tries

    means.beside(outcome.tries, again, effort)
    return outcome


def _answer(understood: Understanding, *, command: str, means: Means, effort: Effort) -> Outcome:
    account = effort.account
    effort.announce(phrase("searching", understood.language))
    with account.stage("search"):
        evidence = retrieve(
            understood.question,
            understood.vector,
            spaces=means.spaces,
            index=means.index,
            analyser=means.analyser,
        )
    if not evidence.passages:
        return _nothing_found(understood, command=command, means=means)
    if not evidence.answers:
        refused = _refusal(evidence, understood.language, means=means)
        return _told_narrowed(refused, understood.language, means)
    pointer = Pointer(understood.vector, means.lines, account=account)
    with suppress(EncoderUnavailable), account.stage("rerank"):  # found in a good order already
        evidence = replace(evidence, passages=pointer.reranked(evidence.passages[:SHOWN_TO_MODELS]))
        apart = contradiction(evidence.passages, analyser=means.analyser, pointer=pointer)
        if apart is not None:  # a model would choose one of the two without saying so
            return _disagreement(apart, understood.language, means)
    able = rungs(means.models, task="answer", language=understood.language)
    skipped, tried = started(able, understood.question, understood.vector, router=means.router, effort=effort)
    ladder = [
        Rung(
            model, partial(_attempt, model, understood, evidence=evidence, means=means, pointer=pointer, effort=effort)
        )
        for model in tried
    ]
    climbed = climb(ladder, effort=effort)
    tries = (*skipped, *climbed.tries)
    if climbed.value is not None:
        return _composed(climbed.value, tries, language=understood.language, means=means)
    text, best = _quotation(evidence, understood.language, pointer=pointer)
    why = RungTry("quote", True, "the best passage in its own words")
    quoted = _outcome(text, [best], (*tries, why), language=understood.language, means=means)
    return replace(quoted, capped=climbed.capped)


def _nothing_found(understood: Understanding, *, command: str, means: Means) -> Outcome:
    empty = not means.narrowed and means.index.empty(means.spaces)
    name, why = ("nothing_known", "the library is empty") if empty else ("not_found", "no word of it is known")
    text = phrase(name, understood.language, command=command)
    return _told_narrowed(Outcome(Reply(text), (RungTry("refuse", True, why),), ()), understood.language, means)


def _told_narrowed(outcome: Outcome, language: Language, means: Means) -> Outcome:
    """Say under what was not found that not everything was looked through; the same, whatever there is to find."""
    if means.narrowed is None:
        return outcome
    text = f"{outcome.reply.text}\n\n{phrase(f'narrowed_{means.narrowed}', language)}"
    return replace(outcome, reply=replace(outcome.reply, text=text))


def _attempt(
    model: ChatModel,
    understood: Understanding,
    *,
    evidence: Evidence,
    means: Means,
    pointer: Pointer,
    effort: Effort,
) -> Judged[tuple[Grounded, ...]]:
    effort.announce(phrase("writing", understood.language))
    drafted = draft_request(
        understood.question,
        evidence.passages[:SHOWN_TO_MODELS],
        language=understood.language,
        context_tokens=model.entry.context_tokens,
    )
    if drafted is None:
        raise ModelRejected("the question is too long for the model's context")
    request, shown = drafted
    with effort.account.stage("draft"):
        draft = complete_sentences(ask(model, request, effort=effort, purpose="answer"))
    if NO_ANSWER in draft:
        return Judged(Verdict(False, "the model found no answer in the evidence"))
    with effort.account.stage("verify"):
        return backed(
            Draft(draft),
            partial(ground, passages=shown, question=understood.question, analyser=means.analyser, pointer=pointer),
            passing=(clean, same_language(understood.language, language_of)),
        )


def _composed(grounded: Sequence[Grounded], tries: tuple[RungTry, ...], *, language: Language, means: Means) -> Outcome:
    used: list[Passage] = list(dict.fromkeys(one.passage for one in grounded))
    text = " ".join(f"{one.sentence} [{used.index(one.passage) + 1}]" for one in grounded)
    return _outcome(text, used, tries, language=language, means=means)


def _quotation(evidence: Evidence, language: Language, *, pointer: Pointer) -> tuple[str, Passage]:
    best = evidence.passages[0]
    try:
        nearest = pointer.near(best)
    except EncoderUnavailable:
        nearest = ()  # the passage is right without a line in bold
    return f"{phrase('quote', language)}\n\n{quote(best, nearest)}", best


def _disagreement(apart: tuple[Statement, Statement], language: Language, means: Means) -> Outcome:
    """Show both sides with their dates, the newest first."""
    lines = [
        f"- {_dated(one.passage, language, means)}: {one.line} [{number}]" for number, one in enumerate(apart, start=1)
    ]
    text = "\n".join([phrase("contradiction", language), "", *lines])
    differing = " / ".join(", ".join(one.values) for one in apart)
    why = RungTry("quote", True, f"two documents say different things: {differing}")
    return _outcome(text, [one.passage for one in apart], (why,), language=language, means=means)


def _dated(passage: Passage, language: Language, means: Means) -> str:
    return phrase("undated", language) if passage.dated is None else day(passage.dated, language, means.zone)


def _refusal(evidence: Evidence, language: Language, *, means: Means) -> Outcome:
    # A single word that no text has ("asdf") is near to nothing.
    near = [one for one in evidence.passages[:NEAREST_SHOWN] if one.lexical or len(evidence.terms) > 1]
    lines = [f"- {snippet(passage)} [{number}]" for number, passage in enumerate(near, start=1)]
    offered = ["", phrase("nearest", language), *lines] if near else []
    text = "\n".join([phrase("not_found", language), *offered])
    why = RungTry("refuse", True, "no passage is likely to hold the answer")
    refused = _outcome(text, near, (why,), language=language, means=means)
    return replace(refused, owner=next((one.owner for one in near if one.owner), None))


def _outcome(
    text: str, passages: Sequence[Passage], tries: tuple[RungTry, ...], *, language: Language, means: Means
) -> Outcome:
    now = means.clock.now()
    citations = cite(passages, aged=lambda one: age(now - one.dated, language) if one.dated else "")
    return Outcome(
        Reply(text, citations),
        tries,
        tuple(f"{one.source} › {one.title}" for one in citations),
        documents=tuple(dict.fromkeys(one.document for one in passages)),
        spaces=tuple(dict.fromkeys(one.space for one in passages)),
    )
