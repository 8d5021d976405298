"""Keeps what the world did, before anybody is told that it was received (law 1)."""

from bot.domain.events import Event
from bot.ports.doorbell import Bell, Doorbell
from bot.ports.inbox import Inbox


def take(event: Event, *, inbox: Inbox, doorbell: Doorbell) -> bool:
    """Commit the event, then wake a worker; True if it is new. Raises DatabaseUnavailable: nothing was kept."""
    new = inbox.keep(event)
    if new:
        doorbell.ring(Bell.DIALOGUE)
    return new
