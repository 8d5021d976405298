"""The Dialogue Manager: track → understand → decide → act, for one event."""

from dataclasses import dataclass, replace
from typing import assert_never

from bot.dialogue.bigger import ask_bigger
from bot.dialogue.means import Account, Announce, Effort, Means
from bot.dialogue.outcome import Outcome
from bot.dialogue.owners import ask_owner
from bot.dialogue.policy import LONGEST_QUESTION, decide
from bot.dialogue.talk import Turned, talk
from bot.dialogue.tracking import observe
from bot.domain.actions import AskBigger, AskOwner, ConfirmStop, Hint, RunCommand, TurnAway
from bot.domain.conversation import PersonId, Platform, Standing
from bot.domain.curated import CuratedId
from bot.domain.escalation import Escalation
from bot.domain.events import Event, MessageReceived
from bot.domain.language import Language
from bot.domain.messages import OutgoingMessage, Receipt, Reply, ReplyKey, Scheduled
from bot.domain.state import DialogueState
from bot.generation.phrases import STRANGER, phrase
from bot.nlu.language import language_of
from bot.nlu.understanding import KNOWLEDGE
from bot.people.quotas import FREE, Allowance
from bot.ports.cancellation import Cancellation
from bot.ports.command_runner import CommandRunner

COMMAND_PREFIX: dict[Platform, str] = {
    Platform.SLACK: "/maru ",
    Platform.TELEGRAM: "/",
    Platform.CONSOLE: "/",
    Platform.API: "maru ",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a turn came to: the next state, the reply, and the account of it; and what is said elsewhere or later.

    escalation: the pair that the turn completes, where a larger model was asked at somebody's wish. curated: what was
    given without a model, to be counted.
    """

    state: DialogueState
    reply: Reply
    action: str
    receipt: Receipt
    scheduled: tuple[Scheduled, ...] = ()
    withdrawn: tuple[ReplyKey, ...] = ()
    elsewhere: tuple[OutgoingMessage, ...] = ()
    escalation: Escalation | None = None
    curated: tuple[CuratedId, ...] = ()


def respond(
    event: Event,
    state: DialogueState,
    standing: Standing,
    *,
    means: Means,
    commands: CommandRunner,
    cancellation: Cancellation,
    announce: Announce,
    account: Account,
    allowance: Allowance = FREE,
    hurried: bool = False,
) -> Decision:
    """Decide and act; `hurried`: many wait, so only the first rung of each ladder is tried.

    account: takes what the turn spends, also where it fails. allowance: what quotas leave.
    Raises TransientError (nothing was said; try again) or Cancelled.
    """
    started = means.clock.monotonic()
    observed = observe(state, event)
    action = decide(event, standing)
    effort = Effort(event.person, cancellation, announce, account, hurried, most=allowance.most)
    if isinstance(action, AskBigger):
        return _bigger(action, event, state, standing=standing, means=means, effort=effort, allowance=allowance)
    if isinstance(action, AskOwner):
        outcome = ask_owner(action, event, standing, means=means)
        handed = Receipt(skill=type(action).__name__, seconds=means.clock.monotonic() - started)
        return Decision(state, outcome.reply, type(action).__name__, handed, elsewhere=outcome.elsewhere)
    cancellation.check()
    if action is None:
        assert isinstance(event, MessageReceived), "only messages are understood"
        turned = talk(event, observed, command=COMMAND_PREFIX[event.address.platform], means=means, effort=effort)
        cancellation.check()
        decision = _decided(turned, observed, account, seconds=means.clock.monotonic() - started)
        return replace(decision, reply=_with_note(turned.outcome, allowance, language_of(event.text)))
    reply = _reply(action, event, commands)
    cancellation.check()
    name = type(action).__name__
    receipt = Receipt(skill=name, seconds=means.clock.monotonic() - started)
    return Decision(state=state, reply=reply, action=name, receipt=receipt)


def _decided(turned: Turned, observed: DialogueState, account: Account, *, seconds: float) -> Decision:
    outcome = turned.outcome
    said = replace(turned.said, text=outcome.reply.text)
    return Decision(
        state=observe(observed, said),
        reply=outcome.reply,
        action=turned.action,
        receipt=Receipt(
            skill=turned.skill,
            score=turned.score,
            tries=outcome.tries,
            sources=outcome.sources,
            spaces=outcome.spaces,
            documents=outcome.documents,
            owner=outcome.owner,
            tools=outcome.tools,
            seconds=seconds,
            stages=account.stages,
            calls=tuple(account.calls),
            question=turned.question,
        ),
        scheduled=outcome.scheduled,
        withdrawn=outcome.withdrawn,
        elsewhere=outcome.elsewhere,
        curated=outcome.curated,
    )


def _bigger(
    wish: AskBigger,
    event: Event,
    state: DialogueState,
    *,
    standing: Standing,
    means: Means,
    effort: Effort,
    allowance: Allowance,
) -> Decision:
    """Answer an earlier question by a larger model; the talk itself goes on as if nothing had been said."""
    account, started = effort.account, means.clock.monotonic()
    command = COMMAND_PREFIX[event.address.platform]
    bigger = ask_bigger(wish, event, standing, command=command, means=means, effort=effort)
    effort.cancellation.check()
    outcome, name = bigger.outcome, type(wish).__name__
    return Decision(
        state=state,
        reply=_with_note(outcome, allowance, language_of(bigger.question or event.text)),
        action=name,
        receipt=Receipt(
            skill=KNOWLEDGE if bigger.question else name,
            tries=outcome.tries,
            sources=outcome.sources,
            spaces=outcome.spaces,
            documents=outcome.documents,
            owner=outcome.owner,
            seconds=means.clock.monotonic() - started,
            stages=account.stages,
            calls=tuple(account.calls),
            question=bigger.question,
        ),
        escalation=bigger.escalation,
    )


def _reply(action: Hint | TurnAway | RunCommand | ConfirmStop, event: Event, commands: CommandRunner) -> Reply:
    language: Language = language_of(event.text)
    match action:
        case Hint("empty"):
            return Reply(phrase("empty", language))
        case Hint():
            return Reply(phrase("too_long", language, length=len(event.text), limit=LONGEST_QUESTION))
        case TurnAway():
            return Reply(STRANGER.format(id=shown_id(event.person)))
        case RunCommand(line):
            told = commands(line, event)
            return told if isinstance(told, Reply) else Reply(told)
        case ConfirmStop(stopped, everywhere):
            nothing = "nothing_to_stop_anywhere" if everywhere else "nothing_to_stop"
            name = "stopped" if stopped else nothing
            return Reply(phrase(name, language, command=COMMAND_PREFIX[event.address.platform]))
        case unknown:
            assert_never(unknown)


def _with_note(outcome: Outcome, allowance: Allowance, language: Language) -> Reply:
    """Return the reply, with a sentence under it where a quota made it less than it could have been."""
    if not outcome.capped or allowance.quota is None:
        return outcome.reply
    quota = allowance.quota.quota
    whose = phrase(f"quota_{quota.scope.partition(':')[0]}", language)
    name = "capped_none" if allowance.most == "none" else "capped_small"
    note = phrase(name, language, whose=whose, period=phrase(f"quota_{quota.period}", language))
    return replace(outcome.reply, text=f"{outcome.reply.text}\n\n{note}")


def shown_id(person: PersonId) -> str:
    """Return the id that an administrator types to admit a person: the bare number on Telegram."""
    return person.removeprefix("telegram:")
