"""What acting came to."""

from dataclasses import dataclass

from bot.domain.conversation import PersonId, Space
from bot.domain.curated import CuratedId
from bot.domain.documents import DocumentId
from bot.domain.messages import OutgoingMessage, Reply, ReplyKey, RungTry, Scheduled
from bot.domain.state import Done, Pending, Unanswered


@dataclass(frozen=True, slots=True)
class Outcome:
    """A reply, and the account of how it came about.

    tools: what was run. pending: what was asked of the person. done: an errand that can be corrected.
    scheduled, withdrawn: replies for later, and those that are no longer wanted. elsewhere: messages to other people.
    choices: the skills that were offered by number, for the message `unclear`. capped: a quota kept a model from being
    asked, and nothing cheaper was accepted. documents: those that the reply cites. spaces: where the sources lie.
    owner: who keeps the nearest, where none answered. curated: curated answers that were given. unanswered: a question
    that could not be answered, with what somebody said to it. settles: the question of before is answered by now.
    """

    reply: Reply
    tries: tuple[RungTry, ...]
    sources: tuple[str, ...]
    tools: tuple[str, ...] = ()
    pending: Pending | None = None
    done: Done | None = None
    scheduled: tuple[Scheduled, ...] = ()
    withdrawn: tuple[ReplyKey, ...] = ()
    elsewhere: tuple[OutgoingMessage, ...] = ()
    choices: tuple[str, ...] = ()
    unclear: str | None = None
    capped: bool = False
    documents: tuple[DocumentId, ...] = ()
    owner: PersonId | None = None
    curated: tuple[CuratedId, ...] = ()
    unanswered: Unanswered | None = None
    settles: bool = False
    spaces: tuple[Space, ...] = ()
