"""Brings final replies from the outbox to their platforms: exactly one visible post each, or a recorded reason."""

import logging
from collections.abc import Callable, Mapping

from bot.domain.conversation import Platform
from bot.domain.errors import DeliveryUncertain, PermanentError, PlatformRateLimited, TransientError
from bot.ports.chat_poster import ChatPoster
from bot.ports.outbox import Delivery, Outbox

LEASE_SECONDS = 60.0
"""Longer than any post may take, file parts and rate pauses included."""

ATTEMPTS = 12
"""Tries before a reply is buried: with the pauses below, about half an hour of a platform's outage."""

LONGEST_PAUSE = 300.0

UNCONFIRMED = "unconfirmed"
"""The reference of a reply that was sent twice, in doubt each time, where nobody can look."""

_log = logging.getLogger(__name__)


def deliver(
    *, outbox: Outbox, posters: Mapping[Platform, ChatPoster], stopping: Callable[[], bool] = lambda: False
) -> int:
    """Post due messages until none is left or the process stops; return how many. Raises DatabaseUnavailable.

    One at a time: a slow chat holds up nothing but itself, since other threads claim beside it.
    """
    handled = 0
    while not stopping() and (claimed := outbox.claim(limit=1, lease_seconds=LEASE_SECONDS)):
        for delivery in claimed:
            _deliver(delivery, outbox=outbox, posters=posters)
            handled += 1
    return handled


def _deliver(delivery: Delivery, *, outbox: Outbox, posters: Mapping[Platform, ChatPoster]) -> None:
    poster = posters.get(delivery.message.address.platform)
    if poster is None:
        outbox.bury(delivery, why="this Maru is not connected to that platform (no token is set)")
        return
    if delivery.uncertain and delivery.attempts > ATTEMPTS:
        outbox.bury(delivery, why=f"the process that sent it ended before it was done, {ATTEMPTS} tries in all")
        return
    _post(delivery, poster, outbox)


def _post(delivery: Delivery, poster: ChatPoster, outbox: Outbox) -> None:
    # Where nobody can look, a second doubtful try is the last: better twice than never, but not twelve times.
    last = delivery.uncertain and not poster.can_look
    try:
        # An earlier try may have been taken: look before posting again.
        reference = poster.find(delivery.message) if delivery.uncertain else None
        outbox.sent(delivery, reference=reference or poster.post(delivery.message))
    except PlatformRateLimited as error:
        outbox.defer(delivery, seconds=error.retry_after, why=str(error), uncertain=delivery.uncertain)
    except DeliveryUncertain as error:
        if last:
            _log.warning("reply unconfirmed", extra={"outbox": delivery.id, "why": str(error)})
            outbox.sent(delivery, reference=UNCONFIRMED)
        else:
            _defer(delivery, outbox, str(error), uncertain=True)
    except TransientError as error:
        _defer(delivery, outbox, str(error), uncertain=delivery.uncertain)
    except PermanentError as error:
        outbox.bury(delivery, why=str(error))
    except Exception as error:  # noqa: BLE001  # the delivery edge: the row must not stay in 'sending' unexplained
        _log.exception("delivery failed unexpectedly", extra={"outbox": delivery.id})
        _defer(delivery, outbox, f"unexpected {type(error).__name__}", uncertain=True, last=last)


def _defer(delivery: Delivery, outbox: Outbox, why: str, *, uncertain: bool, last: bool = False) -> None:
    if last or delivery.attempts >= ATTEMPTS:
        _log.error("reply buried", extra={"outbox": delivery.id, "why": why})
        outbox.bury(delivery, why=why)
        return
    outbox.defer(delivery, seconds=min(2.0**delivery.attempts, LONGEST_PAUSE), why=why, uncertain=uncertain)
