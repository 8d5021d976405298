"""The one way to a model: what is asked here is in the turn's account."""

from collections.abc import Iterator
from dataclasses import replace

from bot.domain.account import Tally, estimated_tokens
from bot.domain.models import ChatDelta, ChatRequest
from bot.ensemble.effort import Effort
from bot.ports.chat_model import ChatModel


def ask(model: ChatModel, request: ChatRequest, *, effort: Effort, purpose: str) -> Iterator[ChatDelta]:
    """Yield the model's deltas and note the call when it is over, however it ends.

    Tokens are the server's count; estimated where it gave none, as when we hang up early. Closing the iterator hangs
    up. purpose: see ModelCall. Raises what `ChatModel.stream` raises.
    """
    said: list[str] = []
    with effort.account.call(purpose, model.entry.name) as tally:
        deltas = model.stream(replace(request, owner=effort.person), effort.cancellation)
        try:
            for delta in deltas:
                said.append(delta.text)
                _read(delta, tally)
                yield delta
        finally:
            close = getattr(deltas, "close", None)
            if close is not None:
                close()
            if said and not tally.counted:
                tally.input_tokens = sum(estimated_tokens(message.content) for message in request.messages)
                tally.output_tokens = estimated_tokens("".join(said))


def _read(delta: ChatDelta, tally: Tally) -> None:
    if delta.usage is not None:
        tally.input_tokens, tally.output_tokens = delta.usage.input_tokens, delta.usage.output_tokens
        tally.counted = True
    tally.replica = delta.replica or tally.replica
