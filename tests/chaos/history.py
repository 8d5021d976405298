"""What happened, in one append-only file that nothing under test can touch."""

import json
import time
from pathlib import Path
from threading import Lock
from typing import Any

Line = dict[str, Any]


class History:
    """Writes a JSON line an event, with the seconds since it began. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._began = time.monotonic()
        self._lock = Lock()
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def now(self) -> float:
        """Return the seconds since it began."""
        return time.monotonic() - self._began

    def record(self, kind: str, **what: Any) -> None:
        """Append one line."""
        with self._lock:
            self._file.write(json.dumps({"at": round(self.now(), 4), "kind": kind, **what}) + "\n")

    def read(self) -> list[Line]:
        """Return everything, in the order in which it was written."""
        with self._lock:
            self._file.flush()
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
