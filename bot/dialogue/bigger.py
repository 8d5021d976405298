"""The bigger model at a person's wish: the same question again, from the larger rungs of the ladder."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.dialogue.answer import answer
from bot.dialogue.means import Effort, Means
from bot.dialogue.outcome import Outcome
from bot.dialogue.referring import concerns, meant, same_place
from bot.domain.actions import AskBigger
from bot.domain.conversation import Standing
from bot.domain.escalation import Escalation
from bot.domain.events import Event
from bot.domain.language import Language
from bot.domain.messages import Button, Receipt, Reply
from bot.ensemble.ladder import rungs
from bot.generation.phrases import phrase
from bot.nlu.language import language_of
from bot.ports.chat_model import ChatModel
from bot.ports.receipts import SettledTurn

TASK = "answer"


@dataclass(frozen=True, slots=True)
class Bigger:
    """What came of it. question: what was answered. escalation: the pair, if a larger model was asked at all."""

    outcome: Outcome
    question: str | None = None
    escalation: Escalation | None = None


def ask_bigger(
    wish: AskBigger, event: Event, standing: Standing, *, command: str, means: Means, effort: Effort
) -> Bigger:
    """Answer again from size large on, within the effort's bounds. Raises TransientError or Cancelled.

    Whoever can read an answer may ask for a better one where it stands; elsewhere, who asked and administrators, alone.
    """
    turn = meant(wish.reference, event, receipts=means.receipts)
    if turn is None:
        return _said(f"{phrase('nothing_answered', 'en')} ({phrase('nothing_answered', 'ko')})")
    language = language_of(turn.receipt.question or turn.text)
    if not (same_place(turn, event) or (event.address.direct and concerns(turn, event, standing))):
        return _said(phrase("not_yours", language))
    if turn.receipt.question is None:
        return _said(phrase("not_a_question", language))
    if not _larger(means.models, language):
        return _said(phrase("no_bigger", language))
    return _answered(turn, turn.receipt.question, language, command=command, means=means, effort=effort)


def _answered(
    turn: SettledTurn, question: str, language: Language, *, command: str, means: Means, effort: Effort
) -> Bigger:
    with effort.account.stage("understand"):
        understood = means.understander.understand(question, None, account=effort.account)
    outcome = answer(understood, command=command, means=means, effort=replace(effort, least="large", hurried=False))
    asked = [one for one in outcome.tries if one.model and one.tried]
    accepted = any(one.accepted for one in asked)
    if not accepted:
        failed = Reply(phrase("bigger_failed", language))
        outcome = replace(outcome, reply=failed, sources=(), documents=(), spaces=())
    pair = Escalation(turn.reference, question, turn.reply, turn.receipt, accepted) if asked else None
    return Bigger(outcome, question, pair)


def offered(receipt: Receipt, *, reference: int, models: Sequence[ChatModel]) -> tuple[Button, ...]:
    """Return the button under an answer for which no larger model was asked or left out, if there is one to ask."""
    answered = any(one.accepted and one.rung != "refuse" for one in receipt.tries)
    if receipt.question is None or not answered:
        return ()
    language = language_of(receipt.question)
    larger = _larger(models, language)
    if not larger or any(one.model in larger for one in receipt.tries):
        return ()
    return (Button(phrase("bigger_button", language), f"/bigger {reference}"),)


def _larger(models: Sequence[ChatModel], language: Language) -> frozenset[str]:
    """Return the names of the large models that could answer."""
    able = rungs(models, task=TASK, language=language)
    return frozenset(model.entry.name for model in able if model.entry.size == "large")


def _said(text: str) -> Bigger:
    return Bigger(Outcome(Reply(text), (), ()))
