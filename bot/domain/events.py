"""What the world did, in the past tense. Adapters translate payloads into these once, at the edge."""

from dataclasses import dataclass
from typing import Literal, NewType

from bot.domain.conversation import Address, ConversationId, PersonId, Utterance

EventId = NewType("EventId", str)
"""The platform's own id, prefixed: `slack:Ev1`, `telegram:<bot id>:<update id>`, `console:<uuid>`, `api:<uuid>`."""

MessageKey = NewType("MessageKey", str)
"""Names the utterance whichever event carried it (`slack:T1:C1:<ts>`), so that twins of one message are kept once."""


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A person said something to Maru.

    text: Maru's own mention is stripped. history: what an API call carried.
    """

    event_id: EventId
    message_key: MessageKey
    conversation: ConversationId
    person: PersonId
    address: Address
    text: str
    history: tuple[Utterance, ...] = ()
    kind: Literal["message"] = "message"


@dataclass(frozen=True, slots=True)
class CommandReceived:
    """A person used a slash command; `text` is what follows `/maru ` (`kb add …`, `status`)."""

    event_id: EventId
    message_key: MessageKey
    conversation: ConversationId
    person: PersonId
    address: Address
    text: str
    kind: Literal["command"] = "command"


def pressed(
    says: str,
    *,
    event_id: EventId,
    message_key: MessageKey,
    conversation: ConversationId,
    person: PersonId,
    address: Address,
) -> MessageReceived | CommandReceived:
    """Return the press of a button as what it says: a command where that begins with `/`."""
    kind = CommandReceived if says.startswith("/") else MessageReceived
    return kind(
        event_id=event_id,
        message_key=message_key,
        conversation=conversation,
        person=person,
        address=address,
        text=says.removeprefix("/"),
    )


@dataclass(frozen=True, slots=True)
class StopRequested:
    """A person wants no more of what Maru does for them.

    about: the conversation meant, None for all of that person's. stopped: how many events that settled.
    """

    event_id: EventId
    message_key: MessageKey
    conversation: ConversationId
    person: PersonId
    address: Address
    text: str
    about: ConversationId | None
    stopped: int = 0
    kind: Literal["stop"] = "stop"


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """A person changed what they had said, or took it back (`text` is None).

    at: when, in seconds of the platform's clock; of two changes of one message the later counts.
    addressed: it is surely said to Maru, so that it is kept even if its message has not come yet.
    """

    message_key: MessageKey
    person: PersonId
    text: str | None
    at: float
    addressed: bool = True


Event = MessageReceived | CommandReceived | StopRequested
"""What waits in the inbox and is answered."""

Incoming = Event | MessageChanged
"""What gateways hand to Intake; a change is no row of its own, it is applied to the row of its message."""
