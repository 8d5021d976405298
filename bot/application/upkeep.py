"""Wakes what was left behind: Redis and Celery may lose any ring, Postgres loses no row."""

from bot.ports.doorbell import Bell, Doorbell
from bot.ports.inbox import Inbox
from bot.ports.library import Library
from bot.ports.outbox import Outbox


def wake(*, inbox: Inbox, outbox: Outbox, library: Library, model: str, doorbell: Doorbell) -> None:
    """Ring for every queue that has work nobody holds; model: the embedder's name. Raises DatabaseUnavailable."""
    inbox.tidy()
    counts = {
        Bell.DIALOGUE: inbox.waiting(),
        Bell.DELIVERY: outbox.due(),
        Bell.INDEXING: int(library.waits(model)),
    }
    for bell, waiting in counts.items():
        if waiting:
            doorbell.ring(bell)
