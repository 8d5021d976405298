"""`feedback`: what people think of answers, and how the owners of documents hear of it."""

import re
from collections.abc import Mapping, Sequence

from bot.application.administration import Command, Undone
from bot.application.opinion_words import say, tallied
from bot.dialogue.manager import COMMAND_PREFIX
from bot.dialogue.referring import concerns, same_place
from bot.domain.conversation import WORKSPACE, ConversationId, PersonId
from bot.domain.events import Event
from bot.domain.feedback import Complaints, Opinion
from bot.domain.language import Language
from bot.domain.messages import Button, OutgoingMessage, Reply, ReplyKey
from bot.domain.reaching import home_of
from bot.nlu.language import language_of
from bot.ports.audiences import Audiences
from bot.ports.clock import Clock
from bot.ports.directory import Directory
from bot.ports.doorbell import Bell, Doorbell
from bot.ports.feedback import Feedback
from bot.ports.inbox import InboxId
from bot.ports.receipts import Receipts

OPINIONS: Mapping[str, Opinion] = {
    "useful": "useful",
    "not": "not_useful",
    "source": "wrong_source",
    "old": "out_of_date",
}
"""What buttons and people say, and what it means."""

LISTED = 20
TOLD_AT_ONCE = 50
LONGEST_QUESTION = 200

_ASKED = re.compile(rf"\s*({'|'.join(OPINIONS)})\s+(\d{{1,18}})\s*", re.IGNORECASE)


class OpinionDesk:
    """The commands and the ports they use."""

    def __init__(self, *, feedback: Feedback, receipts: Receipts, directory: Directory, audiences: Audiences) -> None:
        self._feedback, self._receipts, self._directory, self._audiences = feedback, receipts, directory, audiences

    def commands(self) -> Mapping[str, Command]:
        """Return the rows of the table of commands."""
        return {"feedback": Command(self._take), "kb feedback": Command(self._list)}

    def _take(self, rest: str, event: Event, language: Language) -> str | Reply:
        found = _ASKED.fullmatch(rest)
        if found is None:
            return say("usage", language, c=COMMAND_PREFIX[event.address.platform])
        opinion, reference = OPINIONS[found[1].lower()], InboxId(int(found[2]))
        turn = self._receipts.of(reference)
        if turn is None or not turn.receipt.documents:
            return Undone(say("nothing", language))
        standing = self._directory.standing(event.person, event.address)
        if not (same_place(turn, event) or (event.address.direct and concerns(turn, event, standing))):
            return say("not_yours", language)
        question = (turn.receipt.question or turn.text)[:LONGEST_QUESTION]
        self._feedback.put(reference, opinion, person=event.person, question=question, documents=turn.receipt.documents)
        spoken = language_of(question)
        if opinion != "not_useful":
            return say(opinion, spoken)
        buttons = (
            Button(say("source_button", spoken), f"/feedback source {reference}"),
            Button(say("old_button", spoken), f"/feedback old {reference}"),
        )
        return Reply(say(opinion, spoken), buttons=buttons)

    def _list(self, _rest: str, event: Event, language: Language) -> str:
        found = self._feedback.complaints(self._audiences.of(event.person, event.address).spaces, limit=LISTED)
        if not found:
            return say("none", language)
        lines = [f"- `{one.document}` {one.title}: {tallied(one.counts, language)}" for one in found]
        return "\n".join([say("list", language), *lines])


def tell_owners(*, feedback: Feedback, administrators: Sequence[PersonId], clock: Clock, doorbell: Doorbell) -> int:
    """Tell the owners of documents what was said against answers from them; return how many messages.

    One message a document and day, with all that was said since the last. Without an owner the administrators hear of
    it if everybody may read the document; else it waits for whoever may read it to look (`kb feedback`).
    Raises DatabaseUnavailable.
    """
    sent = 0
    for one in feedback.untold(limit=TOLD_AT_ONCE):
        people = [one.owner] if one.owner else list(administrators) if one.space == WORKSPACE else []
        messages = [
            message
            for number, person in enumerate(people)
            if (message := _message(one, person, number=number, now=clock.now()))
        ]
        if messages and feedback.tell(one.document, messages):
            sent += len(messages)
    if sent:
        doorbell.ring(Bell.DELIVERY)
    return sent


def _message(one: Complaints, person: PersonId, *, number: int, now: float) -> OutgoingMessage | None:
    home = home_of(person)
    if home is None:
        return None
    language = language_of(one.title)
    asked = "\n".join(f"- {question}" for question in one.questions)
    text = say(
        "told", language, title=one.title, number=one.document, tally=tallied(one.counts, language), questions=asked
    )
    name = f"feedback:{one.document}:{int(now)}"
    aside = ConversationId(f"{person}/feedback/{one.document}")
    return OutgoingMessage(ReplyKey(f"{name}#{number + 1}"), aside, home, Reply(text))
