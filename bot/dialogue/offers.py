"""What is offered under an answer: its account, and a larger model."""

from collections.abc import Sequence

from bot.dialogue import bigger
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
    return (Button(phrase("why_button", language), f"/why {reference}", names_turn=True), *larger)
