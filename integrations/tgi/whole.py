"""An answer that came in one piece although a stream was asked for, said as the stream that it would have been. Pure.

Some proxies and small servers know no streaming, or switch it off under a grammar.
"""

import json
from typing import Any


def as_events(body: bytes) -> bytes:
    """Return the lines of server-sent events that say what the body says; an error or nonsense stays what it is."""
    try:
        completion: Any = json.loads(body)
        for choice in completion["choices"]:
            choice["delta"] = choice.pop("message")
    except (ValueError, LookupError, TypeError, AttributeError):
        return b"data: " + b" ".join(body.split()) + b"\n"
    return b"data: " + json.dumps(completion, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
