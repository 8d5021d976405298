"""Brings final replies from the outbox to their platforms: exactly one visible post each, or a recorded reason."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from bot.domain.conversation import Platform
from bot.domain.errors import DeliveryUncertain, PermanentError, PlatformRateLimited, TransientError
from bot.ports.chat_poster import ChatPoster
from bot.ports.crew import Crew
from bot.ports.doorbell import Bell, Doorbell
from bot.ports.outbox import Delivery, Outbox

LEASE_SECONDS = 60.0
"""Longer than any post may take, file parts and rate pauses included."""

ATTEMPTS = 12
"""Tries before a reply is buried: with the pauses below, about half an hour of a platform's outage."""

LONGEST_PAUSE = 300.0

UNCONFIRMED = "unconfirmed"
"""The reference of a reply that was sent twice, in doubt each time, where nobody can look."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivering:
    """The ports of the use case, gathered once a process."""

    outbox: Outbox
    posters: Mapping[Platform, ChatPoster]
    doorbell: Doorbell


def dispatch(use: Delivering, crew: Crew) -> int:
    """Give due messages to free hands until none is left or the process stops; return how many.

    Raises DatabaseUnavailable. A slow chat holds up nothing but itself and one hand.
    """
    taken = 0
    while free := crew.free():
        deliveries = use.outbox.claim(limit=free, lease_seconds=LEASE_SECONDS)
        for delivery in deliveries:
            crew.do(partial(deliver, delivery, use))
        taken += len(deliveries)
        if not deliveries:
            break
    return taken


def deliver(delivery: Delivery, use: Delivering) -> None:
    """Post one message, or record why not; then ring for the conversation's next one. Raises DatabaseUnavailable."""
    if _settled(delivery, use):
        use.doorbell.ring(Bell.DELIVERY)


def _settled(delivery: Delivery, use: Delivering) -> bool:
    """Bring it to an end or to a later try; True if the conversation's next message waited for that."""
    poster = use.posters.get(delivery.message.address.platform)
    if poster is None:
        return use.outbox.bury(delivery, why="this Maru is not connected to that platform (no token is set)")
    if delivery.uncertain and delivery.attempts > ATTEMPTS:
        why = f"the process that sent it ended before it was done, {ATTEMPTS} tries in all"
        return use.outbox.bury(delivery, why=why)
    return _posted(delivery, poster, use.outbox)


def _posted(delivery: Delivery, poster: ChatPoster, outbox: Outbox) -> bool:
    # Where nobody can look, a second doubtful try is the last: better twice than never, but not twelve times.
    last = delivery.uncertain and not poster.can_look
    try:
        # An earlier try may have been taken: look before posting again.
        reference = poster.find(delivery.message) if delivery.uncertain else None
        return outbox.sent(delivery, reference=reference or poster.post(delivery.message))
    except PlatformRateLimited as error:
        outbox.defer(delivery, seconds=error.retry_after, why=str(error), uncertain=delivery.uncertain)
        return False
    except DeliveryUncertain as error:
        if last:
            _log.warning("reply unconfirmed", extra={"outbox": delivery.id, "why": str(error)})
            return outbox.sent(delivery, reference=UNCONFIRMED)
        return _later(delivery, outbox, str(error), uncertain=True)
    except TransientError as error:
        return _later(delivery, outbox, str(error), uncertain=delivery.uncertain)
    except PermanentError as error:
        return outbox.bury(delivery, why=str(error))
    except Exception as error:  # noqa: BLE001  # the delivery edge: the row must not stay in 'sending' unexplained
        _log.exception("delivery failed unexpectedly", extra={"outbox": delivery.id})
        return _later(delivery, outbox, f"unexpected {type(error).__name__}", uncertain=True, last=last)


def _later(delivery: Delivery, outbox: Outbox, why: str, *, uncertain: bool, last: bool = False) -> bool:
    if last or delivery.attempts >= ATTEMPTS:
        _log.error("reply buried", extra={"outbox": delivery.id, "why": why})
        return outbox.bury(delivery, why=why)
    outbox.defer(delivery, seconds=min(2.0**delivery.attempts, LONGEST_PAUSE), why=why, uncertain=uncertain)
    return False
