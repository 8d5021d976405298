"""Brings final replies from the outbox to their platforms: exactly one visible post each, or a recorded reason.

What happens when a sender dies, and what was decided about it:

* Killed before the platform took the post, or frozen past its lease: the message is claimed again after at most
  LEASE_SECONDS. Whoever wakes late sees by the monotonic clock that its lease has no room for another post, and proves
  in the database that the message is still its own, or drops it. Only the request in which it froze still goes out.
* Slack, killed between the post's acceptance and our record of it: the next sender looks for the key in the metadata
  before it posts. No window.
* Telegram has neither keys nor history. The window is the time from Telegram's taking the post until the commit of
  `sent` (or, in a long reply, of the part): the answer's way back and one statement, a few milliseconds. Every part is
  recorded before the next one is sent, and where the database is away the record is tried for half a minute. Inside
  the window it is decided so: an answer whose keyboard names its turn is looked for by an edit that would change
  nothing (integrations/telegram/look.py), as far as the numbers of Telegram's messages tell where it may stand. What
  has no such keyboard (the parts before the last, commands' answers, apologies) or is not found is posted once more,
  for a lost answer is worse than a doubled one. If that second try ends in doubt as well (a broken connection, no
  kill), it is the last, and counts as posted. A sender that dies while it looks leaves a reply that nobody looks for
  again: it is posted.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from bot.application.gate import Gate, NotYet
from bot.domain.conversation import Platform
from bot.domain.errors import (
    DatabaseUnavailable,
    DeliveryUncertain,
    MaruError,
    PlatformRateLimited,
    PlatformUnauthorised,
    TransientError,
)
from bot.ports.alarm import Alarm
from bot.ports.chat_poster import ChatPoster, Post
from bot.ports.clock import Clock
from bot.ports.crew import Crew
from bot.ports.doorbell import Bell, Doorbell
from bot.ports.outbox import Delivery, Outbox
from bot.ports.rate_limiter import Rate, RateLimiter

LEASE_SECONDS = 20.0
"""How long a killed sender delays a reply; longer than any one post may take. Long replies renew it part by part."""

FAILURES = 64
"""Failures of the platform before a reply is buried: with the pauses below, about half an hour of an outage."""

DEATHS = 60
"""Senders that may die over one reply, LEASE_SECONDS apart, before it is taken for what kills them."""

LONGEST_PAUSE = 30.0
"""Pauses double up to this, so that no reply comes later than this after its platform is back."""

TOKEN_PAUSE = 60.0
"""How often a refused token is tried again; replies wait for it without end, for it can be mended."""

LONGEST_WAIT = 300.0
"""How far a reply is put off at once. A platform that asks for more is left alone all the same: its rates stay closed,
and say so again. What is due later than this was written before the clock was set back (`Outbox.due`)."""

UNCONFIRMED = "unconfirmed"
"""The reference of a post that was sent twice, in doubt each time, where no look proves that it is not there."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivering:
    """The ports of the use case, gathered once a process."""

    outbox: Outbox
    posters: Mapping[Platform, ChatPoster]
    gates: Mapping[Platform, Gate]
    doorbell: Doorbell
    rates: RateLimiter
    alarm: Alarm
    clock: Clock


class _NotOurs(Exception):
    """The lease ran out, and another sender has the message."""


def dispatch(use: Delivering, crew: Crew) -> int:
    """Give due messages to free hands until none is left or the process stops; return how many.

    Raises DatabaseUnavailable. A slow chat holds up nothing but itself and one hand.
    """
    taken = 0
    while free := crew.free():
        until = use.clock.monotonic() + LEASE_SECONDS  # from before the claim: never later than the database's own end
        deliveries = use.outbox.claim(limit=free, lease_seconds=LEASE_SECONDS)
        for delivery in deliveries:
            crew.do(partial(deliver, delivery, use, until=until))
        taken += len(deliveries)
        if not deliveries:
            break
    return taken


def deliver(delivery: Delivery, use: Delivering, *, until: float) -> None:
    """Post one message, or record why not; then ring for the conversation's next one. Raises DatabaseUnavailable.

    until: when our lease ends, by the monotonic clock.
    """
    poster = use.posters.get(delivery.message.address.platform)
    if poster is None:
        ended = use.outbox.bury(delivery, why="this Maru is not connected to that platform (no token is set)")
    elif delivery.attempts - delivery.failures > DEATHS:
        why = f"the process that sent it ended before it was done, {DEATHS} times"
        ended = use.outbox.bury(delivery, why=why)
    else:
        ended = _Sending(delivery, poster, use, until, list(delivery.posted), delivery.uncertain).run()
    if ended:
        use.doorbell.ring(Bell.DELIVERY)


@dataclass(slots=True)
class _Sending:
    """One attempt at a message.

    until: the end of our lease. done: the posts that are out. doubtful: perhaps the next one is, too.
    asked: the rates of the last call. sees_all: whether the last post would surely be found.
    """

    delivery: Delivery
    poster: ChatPoster
    use: Delivering
    until: float
    done: list[str]
    doubtful: bool
    asked: Sequence[Rate] = field(default=())
    sees_all: bool = True

    def run(self) -> bool:
        """Bring it to an end or to a later try; True if the conversation's next message waited for that."""
        try:
            self._post_all()
            return self.use.outbox.sent(self.delivery, posted=self.done)
        except _NotOurs:
            _log.warning("reply dropped: the lease ran out", extra={"outbox": self.delivery.id})
            return False
        except NotYet as refusal:
            return self._wait(refusal.seconds, None)
        except DatabaseUnavailable:
            raise  # something may be out that is not recorded: the lease must run out, and the next sender looks
        except MaruError as error:
            return self._after(error)
        except Exception as error:  # noqa: BLE001  # the delivery edge: the row must not stay in 'sending' unexplained
            _log.exception("delivery failed unexpectedly", extra={"outbox": self.delivery.id})
            last = self.doubtful and not self.sees_all
            return self._later(f"unexpected {type(error).__name__}", uncertain=True, last=last)

    def _post_all(self) -> None:
        for post in self.poster.posts(self.delivery.message)[len(self.done) :]:
            if len(self.done) > len(self.delivery.posted):
                self._renew()
            self.done.append(self._posted(post))
            self.doubtful = False

    def _after(self, error: MaruError) -> bool:
        """Do what the failure asks for."""
        if isinstance(error, PlatformRateLimited):
            self.use.rates.close(self.asked, seconds=error.retry_after)
            return self._wait(error.retry_after, str(error))
        if isinstance(error, PlatformUnauthorised):
            self.use.rates.close(self.asked[-1:], seconds=TOKEN_PAUSE)
            return self._wait(TOKEN_PAUSE, str(error))
        if isinstance(error, TransientError):
            return self._later(str(error), uncertain=self.doubtful or isinstance(error, DeliveryUncertain))
        return self.use.outbox.bury(self.delivery, why=str(error))

    def _posted(self, post: Post) -> str:
        """Return the name of the post, found or sent."""
        self.sees_all = post.sees_all
        # An earlier try may have been taken: look before posting again.
        if self.doubtful and post.can_look and (found := self._call(post.looking_rates, post.find)):
            return found
        try:
            return self._call(post.rates, post.send) or UNCONFIRMED
        except DeliveryUncertain as error:
            # Where a look proves nothing, a second doubtful try is the last: better twice than never, but no more.
            if not self.doubtful or post.sees_all:
                raise
            _log.warning("reply unconfirmed", extra={"outbox": self.delivery.id, "why": str(error)})
            return UNCONFIRMED

    def _call(self, rates: Sequence[Rate], call: Callable[[], str | None]) -> str | None:
        """Call the platform if it is our turn, and if the message is still ours: a zombie must not post."""
        self.asked = rates
        waited = self.delivery.fence > 1 and len(self.done) == len(self.delivery.posted)
        with self.use.gates[self.delivery.message.address.platform].passage():
            if rates and (pause := self.use.rates.take(rates, waited=waited)):
                raise NotYet(pause)
            if self.until - self.use.clock.monotonic() < self.poster.seconds:
                self._renew()
            return call()

    def _renew(self) -> None:
        until = self.use.clock.monotonic() + LEASE_SECONDS
        if not self.use.outbox.renew(self.delivery, posted=self.done, lease_seconds=LEASE_SECONDS):
            raise _NotOurs
        self.until = until

    def _wait(self, seconds: float, why: str | None) -> bool:
        """Come again when the platform will take it; no place is held meanwhile, and no attempt is lost."""
        pause = min(seconds, LONGEST_WAIT)
        self.use.outbox.defer(self.delivery, seconds=pause, why=why, uncertain=self.doubtful, counts=False)
        self.use.alarm.ring_in(Bell.DELIVERY, seconds=pause)
        return False

    def _later(self, why: str, *, uncertain: bool, last: bool = False) -> bool:
        failures = self.delivery.failures + 1
        if last or failures >= FAILURES:
            _log.error("reply buried", extra={"outbox": self.delivery.id, "why": why})
            return self.use.outbox.bury(self.delivery, why=why)
        pause = min(2.0**failures, LONGEST_PAUSE)
        self.use.outbox.defer(self.delivery, seconds=pause, why=why, uncertain=uncertain)
        self.use.alarm.ring_in(Bell.DELIVERY, seconds=pause)
        return False
