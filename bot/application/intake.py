"""Keeps what the world did, before anybody is told that it was received (law 1).

What steers work in progress does not queue: edits, deletions and requests to stop are applied here (law 3).
"""

from dataclasses import dataclass, replace
from math import inf

from bot.application.shedding import RefusalShedding
from bot.dialogue.manager import COMMAND_PREFIX, shown_id
from bot.domain.conversation import ConversationId, Platform
from bot.domain.errors import TooMuchAtOnce
from bot.domain.events import CommandReceived, Event, Incoming, MessageChanged, MessageReceived, StopRequested
from bot.domain.messages import OutgoingMessage, Reply, ReplyKey
from bot.generation.phrases import STRANGER, phrase
from bot.nlu.language import language_of
from bot.nlu.stopping import asks_to_stop
from bot.ports.audit import AuditLog
from bot.ports.doorbell import Bell, Doorbell
from bot.ports.doorkeeper import Doorkeeper
from bot.ports.inbox import Inbox, Kept, Overload

MOST_WAITING_OF_ONE = 200
"""Unsettled events of one person: more than anybody reads the answers of, and what one program in a loop may cost."""

MOST_WAITING = 20_000
"""Unsettled events of the house: at 30 a second eleven minutes, after which people ask again rather than wait."""

LONGEST_WAIT_SECONDS = 900.0
"""A quarter of an hour, at the pace of the last minute: who waits longer has found out otherwise, or asks again. So a
slow model's line is short; but one question of each person is taken: nobody's flood shuts the door on others."""

LEAST_WAITING = 100
"""As many as one process has in hand at once: below this, the pace of a minute says little about the wait."""

NOTICE_ABOVE = 30
"""Conversations before one's own; up to this many are answered within seconds, and a notice would only be noise."""

_NOTICED = (Platform.SLACK, Platform.TELEGRAM)
"""Where a post beside the reply can be seen. Console and API show the one reply that they wait for."""


_BELLS = {Kept.WAITING: Bell.DIALOGUE, Kept.REFUSED: Bell.DELIVERY}


@dataclass(frozen=True, slots=True)
class Threshold:
    """Who is not let in, and where that is noted."""

    doorkeeper: Doorkeeper
    audit: AuditLog


def take(
    event: Incoming,
    *,
    inbox: Inbox,
    doorbell: Doorbell,
    threshold: Threshold | None = None,
    shedding: RefusalShedding | None = None,
) -> bool:
    """Commit the event, then wake a worker; True if it is new, or if a change had an effect.

    threshold: None where nobody is a stranger. A stranger's events wait for nobody and count nowhere: the one fixed
    sentence settles them here. shedding: for platforms that deliver again what was not acknowledged, each on its own.
    Raises DatabaseUnavailable or TooMuchAtOnce: nothing was kept.
    """
    if shedding is not None and shedding.sheds(event):
        raise TooMuchAtOnce(f"{event.person} was refused again and again")
    event = _storable(event)
    if isinstance(event, MessageChanged):
        kept = Kept.WAITING if inbox.change(event) else Kept.KNOWN
    elif threshold is not None and threshold.doorkeeper.is_stranger(event.person, event.address):
        kept = _turn_away(event, inbox=inbox, audit=threshold.audit)
    elif isinstance(event, StopRequested):
        kept = inbox.stop(event, overload=_overload(event))
    else:
        kept = inbox.keep(event, overload=_overload(event))
    if kept is Kept.REFUSED and shedding is not None:
        shedding.refused(event.person)
    if kept in _BELLS:
        doorbell.ring(_BELLS[kept])
    return kept is not Kept.KNOWN


def _turn_away(event: Event, *, inbox: Inbox, audit: AuditLog) -> Kept:
    kept = inbox.keep(event, turned_away=_message(event, "1", STRANGER.format(id=shown_id(event.person))))
    if kept is not Kept.KNOWN:
        audit.record(person=event.person, action="speak", allowed=False, detail=event.address.platform)
    return kept


def _storable(event: Incoming) -> Incoming:
    """Take out what no database keeps: NUL, and halves of surrogate pairs; and recognise a request to stop."""
    if isinstance(event, MessageChanged):
        return event if event.text is None else replace(event, text=_clean(event.text))
    if isinstance(event, MessageReceived):
        history = tuple(replace(one, text=_clean(one.text)) for one in event.history)
        event = replace(event, text=_clean(event.text), history=history)
    else:
        event = replace(event, text=_clean(event.text))
    wanted = event.address.platform is not Platform.API and asks_to_stop(event.text)
    return _stop(event) if wanted else event


def _stop(event: Event) -> StopRequested:
    """Return the request, in a conversation of its own: it must not wait behind what others ask in the same thread.

    A slash command names no thread, so it means all of that person's; in a terminal others wait for their replies.
    """
    everywhere = isinstance(event, CommandReceived) and event.address.platform in _NOTICED
    return StopRequested(
        event_id=event.event_id,
        message_key=event.message_key,
        conversation=ConversationId(f"{event.conversation}/stop"),
        person=event.person,
        address=event.address,
        text=event.text,
        about=None if everywhere else event.conversation,
    )


def _overload(event: Event) -> Overload:
    language = language_of(event.text)
    noticed = isinstance(event, MessageReceived) and event.address.platform in _NOTICED
    command = COMMAND_PREFIX[event.address.platform]
    place = phrase("place", language, before="{before}", command=command)
    refusal = "stopped" if isinstance(event, StopRequested) else "crowded"  # what it asked for is done all the same
    return Overload(
        most_of_one=MOST_WAITING_OF_ONE,
        most=MOST_WAITING,
        # Commands and stops need no model: they wait for no slow one.
        longest_wait=LONGEST_WAIT_SECONDS if isinstance(event, MessageReceived) else inf,
        least=LEAST_WAITING,
        refusal=_message(event, "1", phrase(refusal, language)),
        notice_above=NOTICE_ABOVE,
        notice=_message(event, "place", place) if noticed else None,
    )


def _message(event: Event, part: str, text: str) -> OutgoingMessage:
    return OutgoingMessage(ReplyKey(f"{event.event_id}#{part}"), event.conversation, event.address, Reply(text))


def _clean(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
