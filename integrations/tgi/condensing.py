"""Fewer, longer chunks of a streamed answer. Pure.

A server says each token in a chunk of its own, and the vendor's client needs 0.1 ms of CPU to make objects of one: 200
answers of 50 tokens a second would keep a whole core busy with it. So tokens within a tenth of a second are made one
chunk before the client sees them, the last ones together with the finish reason; so are their log-probabilities, but
not the tokens that might have come instead. Usage that came in one piece with the finish reason joins it; other usage,
and errors, pass as they came, in their order. `[DONE]` does not pass: at the end of the body the vendor's iterators end
of their own accord; at `[DONE]` it leaves four of them to the garbage collector, which makes a task of each.
"""

import json
from collections.abc import Callable
from typing import Any

GATHER_SECONDS = 0.1

_DONE = (b"data: [DONE]", b"data:[DONE]")


class Condenser:
    """Rewrites one body of server-sent events, piece by piece. clock: seconds, monotonic."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rest = b""
        self._held: dict[str, Any] | None = None
        self._words: list[str] = []
        self._logprobs: list[Any] = []
        self._due = 0.0
        self._ended = False
        self.done = False
        """Whether the server said that nothing more comes."""

    def feed(self, piece: bytes) -> bytes:
        """Return what can go on now: whole lines, perhaps none. The first token goes on at once."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        passed = b"".join(map(self._pass, lines))
        return passed + self._release() if self._ended or self._clock() >= self._due else passed

    def end(self) -> bytes:
        """Return what was held, and the last line, which the server did not end."""
        return self._pass(self._rest) + self._release()

    def _pass(self, line: bytes) -> bytes:
        """Hold a token back; anything else goes on behind what was held. Empty lines and comments say nothing."""
        line = line.strip()
        self.done = self.done or line in _DONE
        if self.done or not line or line.startswith(b":"):
            return b""
        chunk = _text(line[5:]) if line.startswith(b"data:") else None
        if chunk is None:
            return self._joined(line) or self._release() + line + b"\n"
        before = self._release() if self._ended else b""
        choice = chunk["choices"][0]
        self._ended = bool(choice.get("finish_reason"))
        self._held = chunk if self._ended else self._held or chunk
        self._words.append(choice["delta"].get("content") or "")
        self._logprobs += (choice.get("logprobs") or {}).get("content") or ()
        return before

    def _joined(self, line: bytes) -> bytes:
        """Return the last chunk with the usage that this line is; nothing if it is anything else."""
        if not self._ended or self._held is None or not line.startswith(b"data:"):
            return b""
        try:
            chunk = json.loads(line[5:])
            if chunk["choices"] or not isinstance(chunk["usage"], dict):
                return b""
        except (ValueError, KeyError, TypeError):
            return b""
        self._held["usage"] = chunk["usage"]
        return self._release()

    def _release(self) -> bytes:
        if self._held is None:
            return b""
        choice = self._held["choices"][0]
        choice["delta"]["content"] = "".join(self._words)
        if self._logprobs:
            choice["logprobs"] = {"content": [{**one, "top_logprobs": []} for one in self._logprobs]}
        line = b"data: " + json.dumps(self._held, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        self._held, self._words, self._logprobs, self._ended = None, [], [], False
        self._due = self._clock() + GATHER_SECONDS
        return line


def _text(payload: bytes) -> dict[str, Any] | None:
    """Return the chunk if it is text, perhaps with log-probabilities and a finish reason, and nothing more."""
    try:
        chunk = json.loads(payload)
        (choice,) = chunk["choices"]
        delta = choice["delta"]
        more = (chunk.get("error"), chunk.get("usage"), delta.get("tool_calls"))
        said = delta["content"] if not choice.get("finish_reason") else delta.get("content") or ""
        plain = isinstance(said, str) and not any(more) and _mergeable(choice.get("logprobs"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return chunk if plain else None


def _mergeable(logprobs: Any) -> bool:
    """Tell whether there are none, or one a token in the shape that all servers share; completions have another."""
    if not logprobs:
        return True
    tokens = logprobs.get("content") or []
    return (
        isinstance(tokens, list)
        and all(isinstance(one, dict) for one in tokens)
        and set(logprobs) <= {"content", "refusal"}
    )
