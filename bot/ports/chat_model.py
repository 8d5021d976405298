"""A language model that continues a chat."""

from collections.abc import Iterator
from typing import Protocol

from bot.domain.models import ChatDelta, ChatRequest, ModelEntry, ModelLoad
from bot.ports.cancellation import Cancellation


class ChatModel(Protocol):
    """One catalogue entry, callable. Thread-safe."""

    @property
    def entry(self) -> ModelEntry:
        """What the catalogue says of it."""

    def stream(self, request: ChatRequest, cancellation: Cancellation) -> Iterator[ChatDelta]:
        """Yield the model's text as it comes; the last delta has a finish_reason.

        Closing the iterator, or cancellation, closes the socket so that the server stops generating.
        Raises ModelUnavailable (down, overloaded, cut, or a deadline passed), ModelRejected, Cancelled.
        """

    def healthy(self) -> bool:
        """Tell whether a server answers now (a probe with a short timeout; never raises)."""


class ServedModel(ChatModel, Protocol):
    """A chat model that tells an administrator how it is."""

    def trouble(self) -> str | None:
        """Look, and return why no server of it can be used; None while one can. Takes seconds; never raises."""

    def load(self) -> ModelLoad:
        """Return how many calls of this process run now, and how many wait for a place."""
