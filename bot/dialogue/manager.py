"""The Dialogue Manager: track → understand → decide → act, for one event."""

from dataclasses import dataclass, replace
from typing import assert_never

from bot.dialogue.answer import Outcome, answer
from bot.dialogue.bigger import ask_bigger
from bot.dialogue.means import Account, Announce, Effort, Means
from bot.dialogue.policy import LONGEST_QUESTION, decide, needs_understanding
from bot.dialogue.tracking import observe, said
from bot.domain.actions import Answer, AskBigger, ConfirmStop, Hint, RunCommand, SmallTalk, TurnAway
from bot.domain.conversation import PersonId, Platform, Standing
from bot.domain.escalation import Escalation
from bot.domain.events import Event
from bot.domain.language import Language
from bot.domain.messages import Receipt, Reply
from bot.domain.state import DialogueState
from bot.generation.phrases import STRANGER, phrase
from bot.nlu.language import language_of
from bot.nlu.understanding import KNOWLEDGE, Understanding
from bot.people.quotas import FREE, Allowance
from bot.ports.cancellation import Cancellation
from bot.ports.command_runner import CommandRunner

WITHOUT_COMMANDS = frozenset({Platform.API})
"""Where nobody can give a command; what is said of one means a shell on Maru's machine."""

COMMAND_PREFIX: dict[Platform, str] = {
    Platform.SLACK: "/maru ",
    Platform.TELEGRAM: "/",
    Platform.CONSOLE: "/",
    Platform.API: "maru ",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a turn came to: the next state, the reply, and the account of it; and the pair it completes, if any."""

    state: DialogueState
    reply: Reply
    action: str
    receipt: Receipt
    escalation: Escalation | None = None


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
    understood = None
    if needs_understanding(event, standing):
        with account.stage("understand"):
            understood = means.understander.understand(event.text, observed.topic, account=account)
    action = decide(event, understood, standing)
    cancellation.check()
    effort = Effort(event.person, cancellation, announce, account, hurried, most=allowance.most)
    if isinstance(action, AskBigger):
        return _bigger(action, event, state, standing=standing, means=means, effort=effort, allowance=allowance)
    outcome = _act(action, event, understood, means=means, commands=commands, effort=effort)
    cancellation.check()
    topic = action.question if isinstance(action, Answer) else None
    return Decision(
        state=said(observed, outcome.reply.text, topic=topic) if understood is not None else state,
        reply=_with_note(outcome, allowance, language_of(event.text)),
        action=type(action).__name__,
        receipt=Receipt(
            skill=understood.skill if understood else type(action).__name__,
            tries=outcome.tries,
            sources=outcome.sources,
            seconds=means.clock.monotonic() - started,
            stages=account.stages,
            calls=tuple(account.calls),
            question=topic,
        ),
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
            seconds=means.clock.monotonic() - started,
            stages=account.stages,
            calls=tuple(account.calls),
            question=bigger.question,
        ),
        escalation=bigger.escalation,
    )


def _act(
    action: Answer | SmallTalk | Hint | TurnAway | RunCommand | ConfirmStop,
    event: Event,
    understood: Understanding | None,
    *,
    means: Means,
    commands: CommandRunner,
    effort: Effort,
) -> Outcome:
    command = COMMAND_PREFIX[event.address.platform]
    language: Language = language_of(event.text)
    match action:
        case Answer():
            assert understood is not None, "an answer is decided only on understanding"
            return answer(understood, command=command, means=means, effort=effort)
        case SmallTalk(skill):
            return _plain(_small_talk(skill, language, event.address.platform))
        case Hint("empty"):
            return _plain(phrase("empty", language))
        case Hint():
            return _plain(phrase("too_long", language, length=len(event.text), limit=LONGEST_QUESTION))
        case TurnAway():
            return _plain(STRANGER.format(id=shown_id(event.person)))
        case RunCommand(line):
            told = commands(line, event)
            return Outcome(told, (), ()) if isinstance(told, Reply) else _plain(told)
        case ConfirmStop(stopped, everywhere):
            nothing = "nothing_to_stop_anywhere" if everywhere else "nothing_to_stop"
            return _plain(phrase("stopped" if stopped else nothing, language, command=command))
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


def _small_talk(skill: str, language: Language, platform: Platform) -> str:
    said = phrase(skill, language)
    if skill != "help" or platform in WITHOUT_COMMANDS:
        return said
    return f"{said} {phrase('commands', language, command=COMMAND_PREFIX[platform])}"


def _plain(text: str) -> Outcome:
    return Outcome(Reply(text), (), ())
