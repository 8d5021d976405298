"""`/healthz`, `/readyz` and `/metrics`."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from typing import Protocol

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.domain.errors import DatabaseUnavailable
from bot.ports.status import StatusSource, Tally


def nothing_elsewhere() -> Sequence[Tally]:
    """Return no counts: this process is the only one that counts."""
    return ()


class Metrics:
    """What Prometheus scrapes: what the gateways did, and the whole system's state as the database has it."""

    def __init__(self, status: StatusSource, *, elsewhere: Callable[[], Sequence[Tally]] = nothing_elsewhere) -> None:
        """elsewhere: the counts of gateways in other processes; it may raise DatabaseUnavailable."""
        self._registry = CollectorRegistry()
        self._events = _EventCollector(elsewhere)
        self._registry.register(self._events)
        self._registry.register(_SystemCollector(status))

    def counter(self, gateway: str) -> Callable[[str], None]:
        """Return what counts one outcome for a gateway."""
        return lambda outcome: self._events.count(gateway, outcome)

    async def endpoint(self, _: Request) -> Response:
        """Answer in Prometheus' text format."""
        return Response(await run_in_threadpool(generate_latest, self._registry), media_type=CONTENT_TYPE_LATEST)


class _EventCollector(Collector):
    """This process's own counts and those of the others, as one metric: a platform may come in through either."""

    def __init__(self, elsewhere: Callable[[], Sequence[Tally]]) -> None:
        self._elsewhere = elsewhere
        self._lock = Lock()
        self._own: Counter[tuple[str, str]] = Counter()

    def count(self, gateway: str, outcome: str) -> None:
        """Count one outcome."""
        with self._lock:
            self._own[gateway, outcome] += 1

    def describe(self) -> Iterator[Metric]:
        """Name nothing in advance: registration must not ask the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the counter; while the database is away only what this process counted."""
        with self._lock:
            counts = Counter(self._own)
        try:
            for one in self._elsewhere():
                counts[one.gateway, one.outcome] += one.events
        except DatabaseUnavailable:
            pass
        words = "What the gateways did with what platforms sent, by reason."
        family = CounterMetricFamily("maru_gateway_events", words, labels=["gateway", "outcome"])
        for labels, events in sorted(counts.items()):
            family.add_metric(labels, events)
        yield family


class _SystemCollector(Collector):
    """Reads a snapshot at each scrape; a database that is away is a metric too."""

    def __init__(self, status: StatusSource) -> None:
        self._status = status

    def describe(self) -> Iterator[Metric]:
        """Name nothing in advance: registration must not ask the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield gauges of queues, workers, documents and models."""
        try:
            now = self._status.snapshot()
        except DatabaseUnavailable:
            yield GaugeMetricFamily("maru_database_up", "Whether the database answers.", value=0)
            return
        values = {
            "maru_database_up": ("Whether the database answers.", 1),
            "maru_inbox_waiting": ("Events not settled yet.", now.waiting),
            "maru_outbox_open": ("Replies not posted yet.", now.sending),
            "maru_outbox_buried": ("Replies given up.", now.buried),
            "maru_workers": ("Worker processes seen in the last 30 s.", len(now.workers)),
            "maru_documents": ("Documents known.", now.library.documents),
            "maru_chunks": ("Chunks known.", now.library.chunks),
            "maru_chunks_unembedded": ("Chunks that wait for their embedding.", now.library.unembedded),
        }
        for name, (words, value) in values.items():
            yield GaugeMetricFamily(name, words, value=value)
        models = GaugeMetricFamily("maru_model_healthy", "Whether a model answers its probe.", labels=["model"])
        for model in now.models:
            models.add_metric([model.name], float(model.healthy))
        yield models


class Probe(Protocol):
    """A part that can be asked whether it answers; returns None, or what is wrong in words."""

    def __call__(self) -> str | None:
        """Ask, within a second or two."""


class Health:
    """Liveness and readiness. Ready means: an event could be kept now. A broker that is away only delays answers."""

    def __init__(self, *, database: Probe, broker: Probe) -> None:
        self._database = database
        self._broker = broker

    async def healthz(self, _: Request) -> Response:
        """Say that the process lives."""
        return JSONResponse({"status": "alive"})

    async def readyz(self, _: Request) -> Response:
        """200 when the database keeps events, else 503; the body names each part."""
        database = await run_in_threadpool(self._database)
        broker = await run_in_threadpool(self._broker)
        body = {"database": database or "ok", "broker": broker or "ok"}
        return JSONResponse({"ready": database is None, **body}, 503 if database else 200)
