"""What Maru says: replies in plain Markdown, rendered and escaped by each platform's poster."""

from dataclasses import dataclass
from typing import NewType

from bot.domain.conversation import Address, ConversationId, PersonId, Space
from bot.domain.documents import ChunkId, DocumentId

ReplyKey = NewType("ReplyKey", str)
"""`<event id>#<part>`: names a reply across retries; carried in Slack's message metadata."""


@dataclass(frozen=True, slots=True)
class Citation:
    """One numbered source of a reply: heading path and file, as people see them.

    chunk: None where a person vouches for it, and no document. page: where the document has pages. age: in words, empty
    while it is new. link: where a click leads; only http or https.
    """

    number: int
    title: str
    source: str
    chunk: ChunkId | None
    sample: bool = False
    page: int | None = None
    age: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """One choice under a reply. Pressing it is saying `says` in the same place, as whoever presses it.

    says: at most 64 bytes of UTF-8 (Telegram's callback_data); with `/` in front it is a command.
    names_turn: it stands under one reply only, for it says that turn's reference; so the reply can be known by it.
    """

    label: str
    says: str
    names_turn: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG beside a reply. png: base64, for it travels in the outbox row. alt: the same in words."""

    name: str
    png: str
    alt: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What people will read.

    text: Markdown of the kinds bold, italic, code, code block, list, quote, link; `[n]` refers to a citation.
    It is untrusted (a model or a document wrote it): posters escape everything that could notify, format or link.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    buttons: tuple[Button, ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One row of the outbox: a final reply on its way to its address."""

    key: ReplyKey
    conversation: ConversationId
    address: Address
    reply: Reply


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A message for later. at: seconds since the epoch. person: who asked for it."""

    at: float
    person: PersonId
    message: OutgoingMessage


@dataclass(frozen=True, slots=True)
class RungTry:
    """One try on the ladder: which rung, by which model, and the verifier's verdict in words.

    tried: False where the rung was left out (quota, haste, health). judged: False where there was no draft to judge, so
    that it tells nothing of how often the model's drafts are accepted.
    """

    rung: str
    accepted: bool
    why: str
    model: str | None = None
    seconds: float = 0.0
    tried: bool = True
    judged: bool = True


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call to a model and what it cost. purpose: answer, understand, rewrite, judge, merge, embed, shadow.

    usd, reference_usd: what it cost here, and what the same tokens cost at the reference's price.
    counted: whether the server said how many tokens it were, or we estimated them.
    """

    purpose: str
    model: str
    input_tokens: int
    output_tokens: int
    seconds: float
    usd: float = 0.0
    reference_usd: float = 0.0
    replica: str | None = None
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """The account of one turn (law 8).

    score: how sure understanding was of the skill, 0 to 1; None where nothing was weighed. tools: what was run.
    documents: those that the reply cites. owner: who keeps the nearest, where none answered. stages: seconds by name,
    in order. question: what was answered from knowledge, standing alone; None elsewhere.
    spaces: where the sources lie; they are named only to who may read all of these.
    """

    skill: str
    tries: tuple[RungTry, ...] = ()
    sources: tuple[str, ...] = ()
    seconds: float = 0.0
    score: float | None = None
    tools: tuple[str, ...] = ()
    stages: tuple[tuple[str, float], ...] = ()
    calls: tuple[ModelCall, ...] = ()
    question: str | None = None
    spaces: tuple[Space, ...] = ()
    documents: tuple[DocumentId, ...] = ()
    owner: PersonId | None = None
