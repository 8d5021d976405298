"""Settles waiting events: claim → respond → commit, in order within a conversation (laws 2 to 4)."""

import logging
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial

from bot.application.administration import Administration
from bot.application.rollouts import Parts, alone
from bot.dialogue.manager import Decision, respond
from bot.dialogue.means import Account, Means
from bot.dialogue.offers import offers
from bot.dialogue.policy import asked_bigger
from bot.domain.conversation import Standing
from bot.domain.errors import Cancelled, LeaseLost, PermanentError, PlatformRateLimited, TransientError
from bot.domain.events import Event, MessageReceived
from bot.domain.messages import ModelCall, OutgoingMessage, Receipt, Reply, ReplyKey, RungTry
from bot.domain.money import channel_of
from bot.generation.phrases import phrase
from bot.nlu.language import language_of
from bot.people.quotas import Allowances
from bot.ports.audiences import Audiences
from bot.ports.audit import AuditLog
from bot.ports.cancellation import Cancellation
from bot.ports.crew import Crew
from bot.ports.directory import Directory
from bot.ports.doorbell import Bell, Doorbell
from bot.ports.inbox import Claim, Inbox
from bot.ports.ledger import Ledger
from bot.ports.reply_preview import ReplyPreview
from bot.ports.turn_guard import TurnGuard
from bot.ports.turn_store import CommitResult, Turn, TurnStore

LEASE_SECONDS = 10.0
"""How long a conversation stays ours without renewal: what a kill -9 can delay an answer by."""

MOST_AT_ONCE = 8
"""Events of one claim."""

TRANSIENT_ATTEMPTS = 6
"""Tries of a turn before the apology; pauses of 1, 2, 4, 8 and 16 s lie between them."""

LONGEST_PAUSE = 60.0
"""Of a turn that a platform told to wait; who comes too early is told again, and no attempt is lost by it."""

PATIENCE_SECONDS = 300.0
"""A turn that is older than this waits no longer in this way: it has its attempts, and then the apology."""

DEFECT_ATTEMPTS = 2
"""Tries of a turn that fails in a way nobody foresaw; the same code will fail the same way."""

QUIET_AFTER_SECONDS = 5.0
"""A turn that waited longer shows no stages: previews are the first thing that Maru does without when many wait."""

HURRIED_AFTER_SECONDS = 30.0
"""A turn that waited longer climbs no higher than the first model: then larger models are what Maru does without."""

UNFINISHED = "unfinished"
"""The skill, in the ledger, of tries that were given up, stopped or lost."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answering:
    """The ports of the use case, gathered once a process. part: a turn's part in the rollouts of new models."""

    inbox: Inbox
    turns: TurnStore
    guard: TurnGuard
    directory: Directory
    audiences: Audiences
    audit: AuditLog
    preview: ReplyPreview
    doorbell: Doorbell
    means: Means
    administration: Administration
    allowances: Allowances
    ledger: Ledger
    part: Parts = alone


def dispatch(use: Answering, crew: Crew) -> int:
    """Give waiting events to free hands until none waits or the process stops; return how many.

    Raises DatabaseUnavailable. Claims in batches, for a claim costs nearly the same for one as for many; small ones, so
    that several processes share a burst.
    """
    taken = 0
    while free := crew.free():
        claims = use.inbox.claim(limit=min(free, MOST_AT_ONCE), lease_seconds=LEASE_SECONDS)
        for claim in claims:
            crew.do(partial(settle, claim, use))
        taken += len(claims)
        if not claims:
            break
    return taken


def settle(claim: Claim, use: Answering) -> None:
    """Bring one event to a reply, an apology, or a later try; never raises for what a turn did."""
    account = use.means.account()
    if claim.attempts > TRANSIENT_ATTEMPTS:
        _apologise(claim, use, "its worker died again and again", account=account)
        return
    try:
        part = use.part(claim, use.means)
        with use.guard.hold(claim) as cancellation:
            decision = _respond(claim, replace(use, means=part.means), cancellation=cancellation, account=account)
        _commit(claim, use, decision)
        part.end()
    except LeaseLost as error:
        # No apology: a claim that a dying Postgres forgot is made again with the same fence, and would let it through.
        _log.warning("turn dropped", extra={"reference": claim.inbox, "why": str(error)})
        _bill(claim, use, account.calls)
    except Cancelled as error:
        _apologise(claim, use, str(error), account=account)
    except PlatformRateLimited as error:
        _wait_or_apologise(claim, use, error, account=account)
    except TransientError as error:
        _again_or_apologise(claim, use, str(error), attempts=TRANSIENT_ATTEMPTS, account=account)
    except PermanentError as error:
        _apologise(claim, use, str(error), account=account)
    except Exception as error:  # noqa: BLE001  # the task edge: whatever a turn does, its person hears of it
        _log.exception("turn failed unexpectedly", extra={"reference": claim.inbox})
        _again_or_apologise(claim, use, f"unexpected {type(error).__name__}", attempts=DEFECT_ATTEMPTS, account=account)


def _means(event: Event, use: Answering, standing: Standing) -> Means:
    """Return the means of one turn. Commands ask for their audience themselves, those that show documents."""
    if standing is Standing.STRANGER or not _looks(event):
        return use.means
    audience = use.audiences.of(event.person, event.address)
    return replace(use.means, spaces=audience.spaces, narrowed=audience.narrowed)


def _looks(event: Event) -> bool:
    return isinstance(event, MessageReceived) or asked_bigger(event) is not None


def _respond(claim: Claim, use: Answering, *, cancellation: Cancellation, account: Account) -> Decision:
    event = claim.event
    standing = use.directory.standing(event.person, event.address)
    if standing is Standing.STRANGER:
        use.audit.record(person=event.person, action="speak", allowed=False, detail=event.address.platform)
    shown = _looks(event) and standing is not Standing.STRANGER
    use.means.refresh()
    quiet = claim.waited > QUIET_AFTER_SECONDS
    with use.preview.working(event.address, event.event_id) if shown else nullcontext():
        return respond(
            event,
            claim.state,
            standing,
            means=_means(event, use, standing),
            commands=use.administration.runner(standing),
            cancellation=cancellation,
            announce=lambda words: None if quiet else use.preview.stage(event.event_id, words),
            account=account,
            allowance=use.allowances.of(event.person, channel_of(event.address)),
            hurried=claim.waited > HURRIED_AFTER_SECONDS,
        )


def _commit(claim: Claim, use: Answering, decision: Decision) -> None:
    reply = decision.reply
    extra = offers(claim.event, decision.receipt, reference=claim.inbox, models=use.means.models)
    turn = Turn(
        claim=claim,
        state=decision.state,
        messages=(_message(claim, replace(reply, buttons=(*reply.buttons, *extra))), *decision.elsewhere),
        action=decision.action,
        receipt=decision.receipt,
        scheduled=decision.scheduled,
        withdrawn=decision.withdrawn,
        escalation=decision.escalation,
        curated=decision.curated,
    )
    _settled(turn, use)


def _wait_or_apologise(claim: Claim, use: Answering, refusal: PlatformRateLimited, *, account: Account) -> None:
    """Come again when the platform lets itself be asked who the person is; nothing has failed."""
    if claim.waited > PATIENCE_SECONDS:
        _again_or_apologise(claim, use, str(refusal), attempts=TRANSIENT_ATTEMPTS, account=account)
        return
    _log.info("turn waits", extra={"reference": claim.inbox, "why": str(refusal)})
    _bill(claim, use, account.calls)
    use.inbox.postpone(claim, seconds=min(refusal.retry_after, LONGEST_PAUSE), counts=False)


def _again_or_apologise(claim: Claim, use: Answering, why: str, *, attempts: int, account: Account) -> None:
    if claim.attempts >= attempts:
        _apologise(claim, use, why, account=account)
        return
    _log.warning("turn postponed", extra={"reference": claim.inbox, "why": why})
    _bill(claim, use, account.calls)
    use.inbox.postpone(claim, seconds=float(2 ** (claim.attempts - 1)))


def _apologise(claim: Claim, use: Answering, why: str, *, account: Account) -> None:
    text = phrase("apology", language_of(claim.event.text), reference=claim.inbox)
    turn = Turn(
        claim=claim,
        state=claim.state,
        messages=(_message(claim, Reply(text)),),
        action="Apology",
        receipt=Receipt(
            skill="apology",
            tries=(RungTry("apology", True, why),),
            stages=account.stages,
            calls=tuple(account.calls),
        ),
        apology=True,
    )
    if _settled(turn, use):
        _log.error("apologised", extra={"reference": claim.inbox, "why": why})


def _settled(turn: Turn, use: Answering) -> bool:
    result = use.turns.commit(turn)
    if result is CommitResult.FENCE_LOST:
        _log.warning("lease lost, turn dropped", extra={"reference": turn.claim.inbox})
        _bill(turn.claim, use, turn.receipt.calls)
        return False
    use.doorbell.ring(Bell.DELIVERY)
    _log.info("turn settled", extra=_account(turn))
    if result is CommitResult.MORE_WAITS:
        use.doorbell.ring(Bell.DIALOGUE)
    return True


def _bill(claim: Claim, use: Answering, calls: Sequence[ModelCall]) -> None:
    """Keep the calls of a try that leaves no receipt: they cost what they cost."""
    if not calls:
        return
    with suppress(TransientError):
        event = claim.event
        use.ledger.record(calls, person=event.person, channel=channel_of(event.address), skill=UNFINISHED)


def _account(turn: Turn) -> dict[str, object]:
    """Say what is worth a line in the log; never a word of what people wrote."""
    return {
        "reference": turn.claim.inbox,
        "action": turn.action,
        "attempts": turn.claim.attempts,
        "waited": round(turn.claim.waited, 3),
        "seconds": round(turn.receipt.seconds, 3),
    }


def _message(claim: Claim, reply: Reply) -> OutgoingMessage:
    event = claim.event
    return OutgoingMessage(ReplyKey(f"{event.event_id}#1"), claim.conversation, event.address, reply)
