"""Skills that make one text of another: summarise, translate, rewrite, explain and write code, and those that
administrators add. A draft is shown only if the skill's verifiers accept it; a summary can fall back on the text's
own sentences, everything else says honestly that it was not good enough."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.dialogue.means import Effort, Means
from bot.dialogue.outcome import Outcome
from bot.dialogue.panels import Asked, convened
from bot.dialogue.reading import Reading
from bot.domain.conversation import Address
from bot.domain.documents import Passage
from bot.domain.errors import ModelRejected
from bot.domain.language import Language
from bot.domain.messages import Reply, RungTry
from bot.domain.models import ChatRequest
from bot.domain.skills import Skill
from bot.domain.state import DialogueState, Pending
from bot.ensemble.cascade import Rung, climb
from bot.ensemble.ladder import rungs
from bot.ensemble.panel import draft_of
from bot.ensemble.verifiers.code import compiles
from bot.ensemble.verifiers.faithful import finished, keeping_literals_of, supported_by
from bot.ensemble.verifiers.garbage import clean
from bot.ensemble.verifiers.language import same_language
from bot.ensemble.verifiers.leak import no_leak
from bot.ensemble.verifiers.numbers import recomputed
from bot.ensemble.verifiers.repetition import no_loop
from bot.ensemble.verifiers.verdict import Judged, Verifier, all_of, verified
from bot.generation.phrases import phrase
from bot.generation.quantities import in_digits
from bot.generation.transforming import main_sentences, transform_request
from bot.generation.verdicts import verdict_in
from bot.nlu.language import language_of
from bot.nlu.material import Material, material, target_language
from bot.ports.chat_model import ChatModel
from bot.retrieval.citations import cite
from bot.retrieval.retriever import retrieve

SUMMARISE, TRANSLATE = "summarise", "translate"

ANY_TEXT = "chat"
"""The task of models that do what no model was named for."""

DOCUMENT_PASSAGES = 6
"""Passages of one document that are summarised: what a small model's context holds."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done with which text. state: of the conversation, the message included. address: where it is said,
    and where the answer will be read."""

    skill: Skill
    text: str
    reading: Reading
    state: DialogueState
    address: Address


@dataclass(frozen=True, slots=True)
class _Source:
    """The text that was meant, and where it came from."""

    instruction: str
    text: str
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class _Work:
    """One text to be written. written: its language."""

    skill: Skill
    source: _Source
    written: Language
    verifiers: Sequence[Verifier]
    means: Means
    effort: Effort


def transform(task: Task, *, means: Means, effort: Effort) -> Outcome:
    """Do it, ask for the text, or say why not. Raises EncoderUnavailable, DatabaseUnavailable, Cancelled."""
    outcome = _transformed(task, means=means, effort=effort)
    if outcome.tries:
        means.beside(outcome.tries, lambda other, silent: _transformed(task, means=other, effort=silent).tries, effort)
    return outcome


def _transformed(task: Task, *, means: Means, effort: Effort) -> Outcome:
    language = language_of(task.text)
    parts = material(task.text)
    if parts.where == "day":
        said = means.history.last_day(task.address)
        if not said:
            return _plain(phrase("no_channel_history" if said is None else "quiet_day", language))
        source: _Source | None = _Source(task.text, "\n".join(said))
    else:
        source = _source(task, parts, means)
    if source is None:
        return _asked(task, language)
    written = target_language(source.instruction, source.text) if task.skill.name == TRANSLATE else language
    effort.announce(phrase("writing", language))
    verifiers = _verifiers(task.skill, source.text, written=written, means=means)
    ladder = _ladder(_Work(task.skill, source, written, verifiers, means, effort))
    climbed = climb(ladder, effort=effort)
    if climbed.value is not None:
        return _outcome(climbed.value, source, climbed.tries)
    if "quote" in task.skill.ladder and source.text:
        return replace(_quoted(source, language, climbed.tries, means=means), capped=climbed.capped)
    why = verdict_in(language, climbed.tries[-1].why) if climbed.tries else phrase("no_model", language)
    return Outcome(Reply(phrase("no_text_model", language, why=why)), climbed.tries, (), capped=climbed.capped)


def _ladder(work: _Work) -> list[Rung[str]]:
    """Return the models that the skill's file allows, and behind them, where it names one, a panel of the last."""
    skill = work.skill
    able = rungs(work.means.models, task=skill.name, otherwise=ANY_TEXT, language=work.written)
    models = [model for model in able if not skill.ladder or _allowed(model, skill)]
    steps = [Rung(model, partial(_attempt, model, work)) for model in models]
    if "panel" in skill.ladder and models:
        steps.append(Rung(models[-1], partial(_panel, models[-1], work), "panel"))
    return steps


def _allowed(model: ChatModel, skill: Skill) -> bool:
    if model.entry.size == "large":
        return "large" in skill.ladder
    return "small" in skill.ladder or ("task" in skill.ladder and skill.name in model.entry.tasks)


def _attempt(model: ChatModel, work: _Work) -> Judged[str]:
    request = _request(model, work)
    with work.effort.account.stage("draft"):
        draft = draft_of(model, request, effort=work.effort, purpose=work.skill.name)
    with work.effort.account.stage("verify"):
        return verified(draft, work.verifiers)


def _panel(model: ChatModel, work: _Work) -> Judged[str]:
    asked = Asked(_request(model, work), f"{work.source.instruction}\n{work.source.text}".strip(), work.skill.name)
    with work.effort.account.stage("panel"):
        return convened(model, asked, verify=all_of(work.verifiers), means=work.means, effort=work.effort)


def _request(model: ChatModel, work: _Work) -> ChatRequest:
    source, room = work.source, model.entry.context_tokens
    request = transform_request(work.skill, source.instruction, source.text, language=work.written, context_tokens=room)
    if request is None:
        raise ModelRejected("the text is too long for the model's context")
    return request


def _verifiers(skill: Skill, text: str, *, written: Language, means: Means) -> list[Verifier]:
    """Return what a skill's file names, made for this text; half, broken or endless text, and the
    skill's own instructions, are never shown, named or not."""
    made: dict[str, Callable[[], Verifier]] = {
        "language": lambda: same_language(written, language_of),
        "target-language": lambda: same_language(written, language_of),
        "code": lambda: compiles(wanted=True),
        "literals": lambda: keeping_literals_of(text),
        "support": lambda: supported_by(text, means.analyser),
        "numbers": lambda: recomputed(in_digits),
    }
    named = [made[name]() for name in skill.verifiers if name != "repetition"]
    return [finished, clean, no_loop, no_leak(skill.instructions), *named]


def _quoted(source: _Source, language: Language, tries: tuple[RungTry, ...], *, means: Means) -> Outcome:
    lines = [f"- {one}" for one in main_sentences(source.text, means.analyser)]
    text = "\n".join([phrase("summary_quote", language), *lines])
    return _outcome(text, source, (*tries, RungTry("quote", True, "the text's own sentences")))


def _outcome(text: str, source: _Source, tries: tuple[RungTry, ...]) -> Outcome:
    if not source.passages:
        return Outcome(Reply(text), tries, ())
    citations = cite(source.passages[:1])
    return Outcome(
        Reply(f"{text} [1]", citations),
        tries,
        tuple(f"{one.source} › {one.title}" for one in citations),
        spaces=tuple(dict.fromkeys(one.space for one in source.passages)),
    )


def _source(task: Task, parts: Material, means: Means) -> _Source | None:
    """Find the text: pasted, said before, or a document's; None if it must be asked for."""
    pending = task.reading.pending
    if pending is not None:  # the answer to "which text?"; what was to be done with it was said before
        return _Source(dict(pending.slots).get("instruction", ""), parts.text or task.text)
    if parts.where == "here":
        return _Source(parts.instruction, parts.text)
    if not any(slot.name == "text" for slot in task.skill.slots):
        return _Source(task.text, "")  # writes from the request alone
    said = task.state.utterances[:-1]
    if parts.where == "talk" and said:
        return _Source(task.text, "\n".join(f"{one.role}: {one.text}" for one in said))
    if parts.where == "last" and (last := next((one.text for one in reversed(said) if one.role == "maru"), None)):
        return _Source(task.text, last)
    return _document(task, means) if task.skill.name == SUMMARISE and parts.where == "nowhere" else None


def _document(task: Task, means: Means) -> _Source | None:
    understood = task.reading.understood
    if not understood.vector:
        return None
    found = retrieve(task.text, understood.vector, spaces=means.spaces, index=means.index, analyser=means.analyser)
    if not found.passages or not found.passages[0].lexical:
        return None
    first = found.passages[0].source
    passages = tuple(one for one in found.passages if one.source == first)[:DOCUMENT_PASSAGES]
    return _Source(task.text, "\n\n".join(one.text for one in passages), passages)


def _asked(task: Task, language: Language) -> Outcome:
    slot = next(one for one in task.skill.slots if one.name == "text")
    pending = Pending(task.skill.name, (("instruction", task.text),), slot.name)
    return replace(_plain(slot.ask[language]), pending=pending)


def _plain(text: str) -> Outcome:
    return Outcome(Reply(text), (), ())
