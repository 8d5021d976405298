"""What is known of a conversation; folded from its events by `bot.dialogue.tracking`."""

from dataclasses import dataclass

from bot.domain.conversation import PersonId, Utterance
from bot.domain.messages import ReplyKey

Slots = tuple[tuple[str, str], ...]
"""What a skill knows by now: names and values, in the order in which they were said."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A skill that waits for an answer to its question. missing: the slot that was asked for. asked: how often.

    digressions: how often something else was said since.
    """

    skill: str
    slots: Slots
    missing: str
    asked: int = 1
    digressions: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """What a tool did last, so that it can be corrected. key: of the reply that it planned, if it planned one.

    latest: nothing was asked of the documents since, so that "no, …" means this.
    """

    skill: str
    slots: Slots
    key: ReplyKey | None = None
    latest: bool = True


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that Maru could not answer. reply, replied_by: what somebody else then said to it, and who."""

    question: str
    asked_by: PersonId
    reply: str | None = None
    replied_by: PersonId | None = None


@dataclass(frozen=True, slots=True)
class DialogueState:
    """The last utterances of both sides, oldest first, and the last question in a form that stands alone.

    pending: what Maru asked for and still waits for. done: the last errand, which "no, …" corrects.
    choices: what was offered by number when it was not clear what was meant.
    """

    utterances: tuple[Utterance, ...] = ()
    topic: str | None = None
    pending: Pending | None = None
    done: Done | None = None
    choices: tuple[str, ...] = ()
    unclear: str | None = None
    """The message to which `choices` were offered."""
    engaged: PersonId | None = None
    """With whom pending, done or choices are: in a shared thread another's words neither answer nor change them."""
    unanswered: Unanswered | None = None
    """The last question, where Maru could not answer it: who can may say so."""
