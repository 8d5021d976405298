"""Which settled turn a person means, and whether it may be spoken of here."""

from bot.domain.conversation import Standing
from bot.domain.events import Event
from bot.ports.inbox import InboxId
from bot.ports.receipts import Receipts, SettledTurn


def meant(reference: int | None, event: Event, *, receipts: Receipts) -> SettledTurn | None:
    """Return the turn that is meant: by its reference, or else the person's last answer here."""
    if reference is not None:
        return receipts.of(InboxId(reference))
    return receipts.latest(event.person, conversation=event.conversation, channel=event.address.channel)


def same_place(turn: SettledTurn, event: Event) -> bool:
    """Tell whether whoever reads what is said here could read the turn."""
    there, here = turn.address, event.address
    return (there.platform, there.team, there.channel) == (here.platform, here.team, here.channel)


def concerns(turn: SettledTurn, event: Event, standing: Standing) -> bool:
    """Tell whether the turn is the person's own affair; administrators answer for every turn."""
    return turn.person == event.person or standing is Standing.ADMINISTRATOR
