"""What the router learned, as a file of MARU_HOME: arrays and a JSON header in one .npz, without pickle."""

import json
import logging
import os
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import numpy as np

from bot.domain.documents import Vector
from bot.domain.errors import DataRefused
from bot.domain.models import ModelEntry
from bot.ensemble.router import THRESHOLD, LadderRouter, RouterModel

LOOK_SECONDS = 5.0
"""How old what is known of the file may be."""

_ARRAYS = ("centre", "spread", "waves", "phases", "weights", "curve")

_log = logging.getLogger(__name__)


def router_file(home: Path) -> Path:
    """Return where a home keeps it: in a folder of its own, which machines and containers can share."""
    return home / "router" / "router.npz"


def save(path: Path, model: RouterModel) -> None:
    """Write the file; a reader sees the old one or the new one, never a part."""
    header = {name: getattr(model, name) for name in ("rungs", "embedding", "width", "tried", "unit")}
    arrays = {name: getattr(model, name) for name in _ARRAYS}
    unfinished = path.with_suffix(f".{os.getpid()}.npz")
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(unfinished, header=np.frombuffer(json.dumps(header).encode(), dtype=np.uint8), **arrays)
    unfinished.replace(path)


def load(path: Path) -> RouterModel | None:
    """Return what is in the file, None where there is none. Raises DataRefused where it cannot be read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            header = json.loads(kept["header"].tobytes())
            return RouterModel(
                rungs=tuple(header["rungs"]),
                embedding=header["embedding"],
                width=int(header["width"]),
                tried=tuple(header["tried"]),
                unit=header["unit"],
                **{name: kept[name] for name in _ARRAYS},
            )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise DataRefused(f"{path} cannot be read ({type(error).__name__}): run `maru router train` again.") from error


class FileRouter:
    """`Router` that takes the file over within five seconds of its change. Thread-safe.

    A file that cannot be read changes nothing: what was known before goes on to be used, and the log says so once.
    threshold: what administrators set.
    """

    def __init__(self, path: Path, *, embedding: str) -> None:
        self._path = path
        self._embedding = embedding
        self.threshold = THRESHOLD
        self._lock = Lock()
        self._looked = float("-inf")
        self._seen: tuple[int, int] | None = None
        self._router = LadderRouter()

    def chances(self, question: str, vector: Vector, rungs: Sequence[ModelEntry]) -> tuple[float, ...]:
        """Return the chance that each rung's draft is accepted."""
        return self._current().chances(question, vector, rungs)

    def turn(self, threshold: float | None) -> None:
        """Start ladders by this threshold from now on; None: by the one that is built in."""
        self.threshold = THRESHOLD if threshold is None else threshold

    def learned(self) -> RouterModel | None:
        """Return what was learned, None while the prior alone is known."""
        return self._current().model

    def _current(self) -> LadderRouter:
        with self._lock:
            now = time.monotonic()
            if now - self._looked >= LOOK_SECONDS:
                self._looked = now
                self._look()
            return self._router

    def _look(self) -> None:
        try:
            facts = self._path.stat()
            seen = (facts.st_mtime_ns, facts.st_size)
        except OSError:
            seen = None
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._router = LadderRouter(load(self._path), embedding=self._embedding)
        except DataRefused as refusal:
            _log.warning("router file unreadable, the one before stays", extra={"why": str(refusal)})
