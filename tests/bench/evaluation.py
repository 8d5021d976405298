"""Runs `maru eval …` as an operator does and reads its last line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.bench.machine import ROOT, surroundings

PATIENCE_SECONDS = 4 * 3600.0
"""Embedding 14,000 long prompts takes more than an hour the first time; afterwards they come from the cache."""


def cache() -> Path:
    """Return where the benchmarks keep embeddings: MARU_BENCH_CACHE, else `.maru/bench` in the checkout."""
    return Path(os.environ.get("MARU_BENCH_CACHE", "").strip() or ROOT / ".maru" / "bench")


def maru_eval(home: Path, *arguments: str | Path) -> tuple[dict[str, Any], list[str]]:
    """Return the figures, and the lines above them. Raises RuntimeError where the command fails."""
    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", "eval", *map(str, arguments), "--cache", str(cache())],
        env=surroundings(home.parent, {"MARU_HOME": str(home)}),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"maru eval {arguments[0]} failed: {done.stderr.strip()[-500:]}")
    *words, last = done.stdout.strip().splitlines()
    return json.loads(last), words


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path
