"""A chat model behind TGI, vLLM, SGLang or llama.cpp's server, called through huggingface_hub."""

from collections.abc import Generator, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import closing
from queue import SimpleQueue
from typing import Any

from bot.domain.errors import ModelDown, ModelUnavailable
from bot.domain.models import ChatDelta, ChatRequest, ModelEntry, ModelLoad
from bot.ports.cancellation import Cancellation
from integrations.tgi.call import receive
from integrations.tgi.dialect import chat_arguments
from integrations.tgi.health import HealthCheck
from integrations.tgi.loop import ModelLoop
from integrations.tgi.patience import Patience
from integrations.tgi.places import FairPlaces
from integrations.tgi.replicas import Replicas
from integrations.tgi.stops import before_stop

_Deltas = Generator[ChatDelta, None, None]


class TgiChatModel:
    """One entry of kind `tgi` or `openai`. Thread-safe. `loop` serves all models of a process; its owner closes it."""

    def __init__(self, entry: ModelEntry, loop: ModelLoop) -> None:
        self._entry = entry
        self._loop = loop
        self._places = FairPlaces(entry.max_in_flight)
        self._replicas = Replicas(entry.urls)
        self._health = HealthCheck(entry, loop)

    @property
    def entry(self) -> ModelEntry:
        """What the catalogue says of it."""
        return self._entry

    def stream(self, request: ChatRequest, cancellation: Cancellation) -> Iterator[ChatDelta]:
        """Yield the model's text as it comes; see bot.ports.chat_model. Work starts with the first `next`."""
        arguments = chat_arguments(self._entry, request)
        patience = Patience(self._entry, cancellation)
        patience.left()  # a turn that was stopped before asks nothing
        self._askable()  # and one whose model is down does not wait for a place at it
        with self._places.place(request.owner, patience.pause):
            yield from before_stop(self._first_that_speaks(arguments, patience), request.stop)

    def healthy(self) -> bool:
        """Tell whether at least one server answers now, and has the adapter that the entry names."""
        return self.trouble() is None

    def trouble(self) -> str | None:
        """Look, and return why no server of this entry can be used, for an administrator; None while one can.

        Never raises. What it finds is remembered: until the next look no call waits for a server that is down.
        """
        return self._health.trouble()

    def load(self) -> ModelLoad:
        """Return how many calls of this process run now, and how many wait for a place."""
        return self._places.load()

    def _first_that_speaks(self, arguments: dict[str, Any], patience: Patience) -> _Deltas:
        """Try the servers in turn until one yields something; from then on its failure is the call's failure."""
        failure: ModelUnavailable | None = None
        for url in self._askable():
            spoke = False
            try:
                with closing(self._ask(url, arguments, patience)) as deltas:
                    with self._replicas.judged(url, fair=patience.ample()):
                        first = next(deltas)
                    spoke = True
                    self._health.spoke(url)
                    yield first
                    yield from deltas
                return
            except ModelUnavailable as error:
                self._replicas.rest(url)
                if spoke:
                    raise
                patience.left()  # raises where the deadline, not the server, ended this try
                failure = error
        assert failure is not None, "somebody was asked"
        raise failure

    def _askable(self) -> list[str]:
        """Return the servers that may be asked now, best first. Raises ModelDown if there is none."""
        found = {url: self._health.known(url) for url in self._replicas.order()}
        if not found:
            again = "failed again and again and is asked anew in some seconds"
            raise ModelDown(f"{self._entry.name} {again}. Ask again later.")
        if asked := [url for url, down in found.items() if down is None]:
            return asked
        raise ModelDown(f"{next(filter(None, found.values()))}. Ask again later.")

    def _ask(self, url: str, arguments: dict[str, Any], patience: Patience) -> _Deltas:
        """Yield one server's deltas; leaving early in any way cancels the task, which closes the socket."""
        queue: SimpleQueue[ChatDelta | None] = SimpleQueue()
        finished = False
        with self._replicas.busy(url):
            work = receive(self._entry, url, arguments, put=queue.put, seconds=patience.total_left())
            task = self._loop.submit(work)
            task.add_done_callback(lambda _: queue.put(None))
            try:
                while not finished:
                    delta = patience.next_of(queue)
                    if delta is None:
                        raise self._why_it_ended(task)
                    patience.heard()
                    finished = delta.finish_reason is not None
                    yield delta
            finally:
                if not finished:
                    task.cancel()

    def _why_it_ended(self, task: "Future[None]") -> BaseException:
        try:
            return task.exception() or ModelUnavailable(f"The answer of {self._entry.name} was cut. Ask again.")
        except CancelledError:
            return ModelUnavailable(f"This process is stopping and gave up its call to {self._entry.name}.")
