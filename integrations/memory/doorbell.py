"""A doorbell that wakes nobody."""

from collections import Counter

from bot.ports.doorbell import Bell


class CollectingDoorbell:
    """`Doorbell` that counts its rings."""

    def __init__(self) -> None:
        self.rings: Counter[Bell] = Counter()

    def ring(self, bell: Bell) -> None:
        """Count the ring."""
        self.rings[bell] += 1
