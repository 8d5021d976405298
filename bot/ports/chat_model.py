"""A language model that continues a chat."""

from collections.abc import Iterator
from typing import Protocol

from bot.domain.models import ChatDelta, ChatRequest, ModelEntry
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
