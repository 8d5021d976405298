"""The snapshot: models are asked at once, and none holds it up."""

import threading
from collections.abc import Iterator

from bot.domain.documents import LibraryCounts
from bot.domain.models import ChatDelta, ChatRequest, ModelEntry
from bot.ports.cancellation import Cancellation
from bot.ports.status import ModelStatus
from integrations.postgres.inbox import PostgresInbox, PostgresTurnStore
from integrations.postgres.library import PostgresLibrary
from integrations.postgres.pool import Pool
from integrations.postgres.status import PostgresStatus, WorkerPulse
from tests.contract.conftest import LEASE, answered, message


class Patient:
    """`ChatModel` whose probe waits for an event, and tells what it came to."""

    def __init__(self, name: str, answered: threading.Event | threading.Barrier, *, healthy: bool = True) -> None:
        self.entry = ModelEntry(name, "openai", ("http://127.0.0.1:9",), name)
        self._answered = answered
        self._healthy = healthy

    def stream(self, request: ChatRequest, cancellation: Cancellation) -> Iterator[ChatDelta]:
        raise AssertionError("nobody asks it anything")

    def healthy(self) -> bool:
        self._answered.wait(10)
        return self._healthy


def test_queues_workers_and_documents_of_an_empty_house(postgres_pool: Pool) -> None:
    WorkerPulse(postgres_pool, "dialogue on here:1").beat()
    now = PostgresStatus(postgres_pool, library=PostgresLibrary(postgres_pool), models=[], embedding="e5").snapshot()
    assert (now.waiting, now.sending, now.buried, now.models, now.errors) == (0, 0, 0, (), ())
    assert now.workers == ("dialogue on here:1",)
    assert now.library == LibraryCounts(0, 0, 0)


def test_what_waits_is_all_that_is_not_settled_in_work_or_not(postgres_pool: Pool) -> None:
    inbox = PostgresInbox(postgres_pool)
    for number, conversation in ((1, "telegram:1"), (2, "telegram:1"), (3, "telegram:2")):
        inbox.keep(message(number, conversation))
    status = PostgresStatus(postgres_pool, library=PostgresLibrary(postgres_pool), models=[], embedding="e5")
    assert status.snapshot().waiting == 3
    (claim,) = inbox.claim(limit=1, lease_seconds=LEASE)
    assert status.snapshot().waiting == 3
    PostgresTurnStore(postgres_pool).commit(answered(claim))
    assert status.snapshot().waiting == 2


def test_models_are_asked_at_once(postgres_pool: Pool) -> None:
    meeting = threading.Barrier(3)  # nobody passes before all are asked
    models = [Patient(name, meeting, healthy=name != "c") for name in "abc"]
    now = PostgresStatus(
        postgres_pool, library=PostgresLibrary(postgres_pool), models=models, embedding="e5"
    ).snapshot()
    assert now.models == (ModelStatus("a", True), ModelStatus("b", True), ModelStatus("c", False))


def test_a_model_that_hangs_is_not_healthy_and_holds_nothing_up(postgres_pool: Pool) -> None:
    never, ready = threading.Event(), threading.Event()
    ready.set()
    status = PostgresStatus(
        postgres_pool,
        library=PostgresLibrary(postgres_pool),
        models=[Patient("hangs", never), Patient("well", ready)],
        embedding="e5",
        seconds=0.3,
    )
    assert status.snapshot().models == (ModelStatus("hangs", False), ModelStatus("well", True))
    assert not never.is_set(), "the snapshot did not wait for it"
    never.set()
