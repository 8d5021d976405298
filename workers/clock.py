"""The real clock."""

import time
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_LINK = Path("/etc/localtime")


def zone(name: str | None) -> tzinfo:
    """Return the time zone of this name, or else the machine's own; UTC where the machine names none."""
    _, _, own = str(_LINK.resolve()).partition("zoneinfo/")
    try:
        return ZoneInfo(name or own or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


class SystemClock:
    """`Clock` of the operating system."""

    def now(self) -> float:
        """Return seconds since the Unix epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()
