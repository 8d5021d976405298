"""What Maru says: replies in plain Markdown, rendered and escaped by each platform's poster."""

from dataclasses import dataclass
from typing import NewType

from bot.domain.conversation import Address, ConversationId
from bot.domain.documents import ChunkId

ReplyKey = NewType("ReplyKey", str)
"""`<event id>#<part>`: names a reply across retries; carried in Slack's message metadata."""


@dataclass(frozen=True, slots=True)
class Citation:
    """One numbered source of a reply: heading path and file, as people see them."""

    number: int
    title: str
    source: str
    chunk: ChunkId
    sample: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What people will read.

    text: Markdown of the kinds bold, italic, code, code block, list, quote, link; `[n]` refers to a citation.
    It is untrusted (a model or a document wrote it): posters escape everything that could notify, format or link.
    """

    text: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One row of the outbox: a final reply on its way to its address."""

    key: ReplyKey
    conversation: ConversationId
    address: Address
    reply: Reply


@dataclass(frozen=True, slots=True)
class RungTry:
    """One try on the ladder: which rung, by which model, and the verifier's verdict in words."""

    rung: str
    accepted: bool
    why: str
    model: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """The account of one turn (law 8): skill, rungs tried, sources used, seconds."""

    skill: str
    tries: tuple[RungTry, ...] = ()
    sources: tuple[str, ...] = ()
    seconds: float = 0.0
