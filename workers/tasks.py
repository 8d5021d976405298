"""The Celery process: `maru worker` and `maru beat` run this module's application. Tasks carry no arguments."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from typing import Any

from celery.signals import celeryd_after_setup, worker_init, worker_shutdown, worker_shutting_down

from bot.application import answering, delivery, indexing, sources, upkeep
from bot.domain.account import Account
from bot.domain.conversation import PersonId
from bot.domain.errors import MaruError, TransientError
from bot.ports.doorbell import Bell
from workers import collector
from workers.bootstrap.worker import Worker, WorkerPulse, make_app, pulse_name
from workers.observability import configure_logging
from workers.one_at_a_time import OneAtATime
from workers.settings import load

PULSE_SECONDS = 10.0

INDEXER = PersonId("maru:indexing")
"""Whom the ledger names for what is embedded for everybody."""

FINISH_SECONDS = 30.0
"""How long a stopping process waits for what is in hand, if whoever stops it has that patience."""

_log = logging.getLogger(__name__)
_settings = load()
app = make_app(_settings)


@cache
def worker() -> Worker:
    """Return this process's parts; made at `worker_init`, before any task runs. The threads pool does not fork."""
    return Worker.open(_settings, app, threads=app.conf.maru_threads)


@worker_init.connect  # type: ignore[untyped-decorator]  # celery ships no types
def open_worker(**_: Any) -> None:
    """Connect and make the parts, before any task runs."""
    configure_logging(_settings.log_level)
    worker()


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def stop_claiming(**_: Any) -> None:
    """Leave what waits to others."""
    worker().answerers.stop()
    worker().senders.stop()
    worker().aside.stop()


@worker_shutdown.connect  # type: ignore[untyped-decorator]
def finish(**_: Any) -> None:
    """Let the turns and posts in hand end; the leases of what does not are taken over."""
    ends = time.monotonic() + FINISH_SECONDS
    left = sum(crew.finish(ends - time.monotonic()) for crew in (worker().answerers, worker().senders))
    if left:
        _log.warning("stopped in the middle", extra={"left": left})


@celeryd_after_setup.connect  # type: ignore[untyped-decorator]
def begin(instance: Any, **_: Any) -> None:
    """Say every few seconds that this process lives, and where questions are answered embed the skills' examples."""
    queues = instance.app.amqp.queues.consume_from
    collector.spare()
    pulse = worker().pulse(pulse_name(queues))
    threading.Thread(target=_pulse_forever, args=(pulse,), name="pulse", daemon=True).start()
    if Bell.DIALOGUE in queues:
        worker().lookout.begin()
        worker().health.begin()
        work = partial(_when_possible, "warm", worker().answering.means.understander.warm)
        threading.Thread(target=work, name="warm", daemon=True).start()


@app.task(name="maru.answer")  # type: ignore[untyped-decorator]
def answer() -> None:
    """Give waiting events to the crew.

    A ring is held while all its hands are busy, so that others hear the next; further rings that come here all the same
    are left to it.
    """
    _answer()


@app.task(name="maru.deliver")  # type: ignore[untyped-decorator]
def deliver() -> None:
    """Give waiting replies to the crew; likewise."""
    _deliver()


@app.task(name="maru.index")  # type: ignore[untyped-decorator]
def index() -> None:
    """Embed waiting chunks, in one thread: it is the machine's heaviest work, and two would only take turns at it.

    Sources that are due are looked at in another, which mostly waits for disks and sites.
    """
    threading.Thread(target=_refresh, name="sources", daemon=True).start()
    _index()


@app.task(name="maru.upkeep")  # type: ignore[untyped-decorator]
def wake() -> None:
    """Ring for whatever was left behind."""
    parts = worker()
    _when_possible(
        "upkeep",
        lambda: upkeep.wake(
            inbox=parts.inbox,
            outbox=parts.outbox,
            library=parts.library,
            curated=parts.curation.desk.store,
            sources=parts.knowledge.book,
            model=parts.models.embedder.model,
            doorbell=parts.doorbell,
        ),
    )


@app.task(name="maru.opinions")  # type: ignore[untyped-decorator]
def opinions() -> None:
    """Tell the owners of documents what was said against answers from them."""
    parts = worker()
    _when_possible("opinions", lambda: parts.curation.tell_owners(parts.means.administrators, parts.doorbell))


@app.task(name="maru.forget")  # type: ignore[untyped-decorator]
def forget() -> None:
    """Delete what is older than the settings keep."""
    _when_possible("forget", lambda: upkeep.forget(retention=worker().retention, days=_settings.retention_days))


@OneAtATime
def _answer() -> None:
    _when_possible("answer", lambda: answering.dispatch(worker().answering, worker().answerers))


@OneAtATime
def _deliver() -> None:
    _when_possible("deliver", lambda: delivery.dispatch(worker().delivering, worker().senders))


@OneAtATime
def _index() -> None:
    _when_possible("index", lambda: _embed(worker()))


@OneAtATime
def _refresh() -> None:
    _when_possible("refresh", lambda: _look(worker()))


def _look(parts: Worker) -> None:
    for source in sources.refresh_due(parts.knowledge):
        _log.info("source looked at", extra={"source": source.id})
        parts.doorbell.ring(Bell.INDEXING)


def _embed(parts: Worker) -> None:
    account = Account(time.monotonic, parts.money.prices)
    for _ in indexing.embed_waiting(library=parts.library, embedder=parts.models.embedder, account=account):
        parts.money.ledger.record(account.calls, person=INDEXER, channel="indexing", skill="indexing")
        account.calls.clear()
    parts.curation.desk.embed_waiting()


def _when_possible(task: str, work: Callable[[], object]) -> None:
    """Run, and leave the rest to upkeep where a part of the system is away: the rows are still there."""
    try:
        work()
    except TransientError as error:
        _log.warning("put off", extra={"task": task, "why": str(error)})


def _pulse_forever(pulse: WorkerPulse) -> None:
    while True:
        with suppress(MaruError):
            pulse.beat()
        time.sleep(PULSE_SECONDS)
