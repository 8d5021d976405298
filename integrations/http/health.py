"""`/healthz`, `/readyz` and `/metrics`."""

from collections.abc import Callable, Iterator
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.domain.errors import DatabaseUnavailable
from bot.ports.status import StatusSource


class Metrics:
    """What Prometheus scrapes: this gateway's own counters, and the whole system's state as the database has it."""

    def __init__(self, status: StatusSource) -> None:
        self._registry = CollectorRegistry()
        self._events = Counter(
            "maru_gateway_events",
            "What this gateway did with what platforms sent, by reason.",
            ["gateway", "outcome"],
            registry=self._registry,
        )
        self._registry.register(_SystemCollector(status))

    def counter(self, gateway: str) -> Callable[[str], None]:
        """Return what counts one outcome for a gateway."""
        return lambda outcome: self._events.labels(gateway, outcome).inc()

    async def endpoint(self, _: Request) -> Response:
        """Answer in Prometheus' text format."""
        return Response(await run_in_threadpool(generate_latest, self._registry), media_type=CONTENT_TYPE_LATEST)


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
