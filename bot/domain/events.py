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


Event = MessageReceived | CommandReceived
