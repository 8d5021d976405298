"""Wakes what was left behind (Redis and Celery may lose any ring, Postgres no row); forgets what is long over."""

from bot.ports.curated_answers import CuratedAnswers
from bot.ports.doorbell import Bell, Doorbell
from bot.ports.inbox import Inbox
from bot.ports.library import Library
from bot.ports.outbox import Outbox
from bot.ports.retention import Retention
from bot.ports.source_book import SourceBook

AUDIT_DAYS = 365
"""How long it can be looked up who did what; longer if everything else is kept for longer."""

BATCHES = 30
"""What goes at once: two seconds of work, 150,000 events; done every hour that is more than ever come in."""


def wake(
    *,
    inbox: Inbox,
    outbox: Outbox,
    library: Library,
    sources: SourceBook,
    curated: CuratedAnswers,
    model: str,
    doorbell: Doorbell,
) -> None:
    """Ring for every queue that has work nobody holds; model: the embedder's name. Raises DatabaseUnavailable."""
    inbox.tidy()
    outbox.release()
    counts = {
        Bell.DIALOGUE: inbox.waiting(),
        Bell.DELIVERY: outbox.due(),
        Bell.INDEXING: int(library.waits(model) or sources.waiting() or bool(curated.unembedded(model=model, limit=1))),
    }
    for bell, waiting in counts.items():
        if waiting:
            doorbell.ring(bell)


def forget(*, retention: Retention, days: int) -> int:
    """Delete what was settled so many days ago, and the audit after a year; 0 keeps everything for ever.

    Returns how many rows went. Raises DatabaseUnavailable.
    """
    if not days:
        return 0
    gone = retention.forget(days=days, batches=BATCHES)
    return gone + retention.forget_audit(days=max(days, AUDIT_DAYS), batches=BATCHES)
