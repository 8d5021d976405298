"""Ends a text before its first stop sequence: TGI leaves the sequence in the text, the others take it out."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace

from bot.domain.models import ChatDelta


def before_stop(deltas: Generator[ChatDelta, None, None], stops: Iterable[str]) -> Iterator[ChatDelta]:
    """Yield `deltas` up to the first stop sequence, whole pieces late enough that no part of one ever shows.

    Log-probabilities go on with the next text that does, those of the stop sequence's own tokens with the last.
    """
    sequences = tuple(stop for stop in stops if stop)
    held = ""
    logprobs: tuple[float, ...] = ()
    with closing(deltas):
        for delta in deltas:
            held += delta.text
            logprobs += delta.logprobs
            cut = min((at for at in map(held.find, sequences) if at >= 0), default=-1)
            if cut >= 0:
                yield replace(delta, text=held[:cut], finish_reason="stop", logprobs=logprobs)
                return
            keep = 0 if delta.finish_reason else _possible_start(held, sequences)
            ready, held = held[: len(held) - keep], held[len(held) - keep :]
            if ready or delta.finish_reason:
                yield replace(delta, text=ready, logprobs=logprobs)
                logprobs = ()


def _possible_start(text: str, sequences: tuple[str, ...]) -> int:
    """Return the length of the longest end of `text` that may grow into a stop sequence."""
    longest = max(map(len, sequences), default=0) - 1
    lengths = range(min(longest, len(text)), 0, -1)
    return next((size for size in lengths if any(stop.startswith(text[-size:]) for stop in sequences)), 0)
