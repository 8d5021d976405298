"""A doorbell that wakes nobody."""

from collections import Counter

from bot.ports.doorbell import Bell


class CollectingDoorbell:
    """`Doorbell` that counts its rings."""

    def __init__(self) -> None:
        self.rings: Counter[Bell] = Counter()
        self.away: str | None = None
        """What `trouble` says."""

    def ring(self, bell: Bell) -> None:
        """Count the ring."""
        self.rings[bell] += 1

    def trouble(self) -> str | None:
        """Return what a test put there."""
        return self.away
