"""A question that no document answers, handed to the person who keeps the nearest one."""

from bot.dialogue.means import Means
from bot.dialogue.outcome import Outcome
from bot.dialogue.referring import concerns, same_place
from bot.domain.actions import AskOwner
from bot.domain.conversation import ConversationId, PersonId, Standing
from bot.domain.events import Event
from bot.domain.messages import Button, OutgoingMessage, Receipt, Reply, ReplyKey
from bot.domain.reaching import home_of
from bot.generation.phrases import phrase
from bot.nlu.language import language_of
from bot.ports.inbox import InboxId

LONGEST_QUESTION = 500
"""Characters of what is handed over."""


def ask_owner(wish: AskOwner, event: Event, standing: Standing, *, means: Means) -> Outcome:
    """Hand a question over that Maru could not answer: to the nearest document's owner, or else to administrators.

    Whoever could read that nothing was found may ask for it where it was said. Raises DatabaseUnavailable.
    """
    turn = means.receipts.of(InboxId(wish.reference))
    if turn is None or not unanswered(turn.receipt):
        return _said(f"{phrase('nothing_answered', 'en')} ({phrase('nothing_answered', 'ko')})")
    question = (turn.receipt.question or turn.text)[:LONGEST_QUESTION]
    language = language_of(question)
    if not (same_place(turn, event) or (event.address.direct and concerns(turn, event, standing))):
        return _said(phrase("not_yours", language))
    owner = turn.receipt.owner
    people = [owner] if owner and home_of(owner) else list(means.administrators)
    where = f"{event.address.platform} {'direct message' if event.address.direct else event.address.channel}"
    words = phrase("asked_owner_to", language, who=event.person, where=where, question=question)
    messages = tuple(_messages(people, Reply(words), event))
    if not messages:
        return _said(phrase("nobody_to_ask", language))
    return Outcome(Reply(phrase("asked_owner", language, count=len(messages))), (), (), elsewhere=messages)


def offered(receipt: Receipt, *, reference: int) -> tuple[Button, ...]:
    """Return the button under a reply that found nothing, if something near it is kept by somebody."""
    if not unanswered(receipt):
        return ()
    name = "ask_owner_button" if receipt.owner else "ask_administrator_button"
    return (Button(phrase(name, language_of(receipt.question or "")), f"/ask-owner {reference}"),)


def unanswered(receipt: Receipt) -> bool:
    """Tell whether a turn found no answer, but something near one."""
    return bool(receipt.question and receipt.documents and receipt.tries and receipt.tries[-1].rung == "refuse")


def _messages(people: list[PersonId], reply: Reply, event: Event) -> list[OutgoingMessage]:
    found = [(person, home) for person in people if person != event.person and (home := home_of(person)) is not None]
    return [
        OutgoingMessage(
            ReplyKey(f"{event.event_id}#owner.{number}"),
            ConversationId(f"{person}/asked/{event.event_id}"),
            home,
            reply,
        )
        for number, (person, home) in enumerate(found, start=1)
    ]


def _said(text: str) -> Outcome:
    return Outcome(Reply(text), (), ())
