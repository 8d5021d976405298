"""What is offered under an answer: its account, a larger model, and an opinion of it."""

from collections.abc import Sequence

from bot.dialogue import bigger, owners
from bot.domain.conversation import Platform
from bot.domain.events import Event
from bot.domain.messages import Button, Receipt
from bot.generation.phrases import phrase
from bot.nlu.language import language_of
from bot.ports.chat_model import ChatModel

PRESSABLE = frozenset({Platform.SLACK, Platform.TELEGRAM})
"""Where a button is small and quiet. In a terminal it would be a line under every answer; `/why` is as short."""


def offers(event: Event, receipt: Receipt, *, reference: int, models: Sequence[ChatModel]) -> tuple[Button, ...]:
    """Return the buttons under the reply to an event: none where no ladder was climbed, as for small talk."""
    platform = event.address.platform
    if not receipt.tries or platform is Platform.API:
        return ()
    larger = bigger.offered(receipt, reference=reference, models=models)
    if platform not in PRESSABLE:
        return larger
    language = language_of(receipt.question or event.text)
    why = Button(phrase("why_button", language), f"/why {reference}", names_turn=True)
    return (why, *larger, *_opinions(receipt, reference), *owners.offered(receipt, reference=reference))


def _opinions(receipt: Receipt, reference: int) -> tuple[Button, ...]:
    """Return what can be said of an answer from documents: thumbs up, or down, upon which Maru asks what is wrong."""
    if not receipt.documents or receipt.tries[-1].rung == "refuse":
        return ()
    return (Button("👍", f"/feedback useful {reference}"), Button("👎", f"/feedback not {reference}"))
