"""Wakes what was left behind: Redis and Celery may lose any ring, Postgres loses no row."""

from bot.ports.doorbell import Bell, Doorbell
from bot.ports.inbox import Inbox
from bot.ports.library import Library
from bot.ports.outbox import Outbox

MOST_RINGS = 16
"""Rings a round and queue: each wakes a drain that goes on until nothing is left."""


def wake(*, inbox: Inbox, outbox: Outbox, library: Library, model: str, doorbell: Doorbell) -> None:
    """Ring for every queue that has work nobody holds; model: the embedder's name. Raises DatabaseUnavailable."""
    counts = {
        Bell.DIALOGUE: inbox.waiting(),
        Bell.DELIVERY: outbox.due(),
        Bell.INDEXING: int(library.waits(model)),
    }
    for bell, waiting in counts.items():
        for _ in range(min(waiting, MOST_RINGS)):
            doorbell.ring(bell)
