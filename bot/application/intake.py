"""Keeps what the world did, before anybody is told that it was received (law 1)."""

from dataclasses import replace

from bot.domain.events import CommandReceived, Event
from bot.ports.doorbell import Bell, Doorbell
from bot.ports.inbox import Inbox


def take(event: Event, *, inbox: Inbox, doorbell: Doorbell) -> bool:
    """Commit the event, then wake a worker; True if it is new. Raises DatabaseUnavailable: nothing was kept."""
    new = inbox.keep(_storable(event))
    if new:
        doorbell.ring(Bell.DIALOGUE)
    return new


def _storable(event: Event) -> Event:
    """Take out what no database keeps: NUL, and halves of surrogate pairs."""
    if isinstance(event, CommandReceived):
        return replace(event, text=_clean(event.text))
    history = tuple(replace(one, text=_clean(one.text)) for one in event.history)
    return replace(event, text=_clean(event.text), history=history)


def _clean(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
