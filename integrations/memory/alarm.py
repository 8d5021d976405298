"""An alarm that nobody hears."""

from bot.ports.doorbell import Bell


class CollectingAlarm:
    """`Alarm` that remembers for when it was set."""

    def __init__(self) -> None:
        self.set: list[tuple[Bell, float]] = []

    def ring_in(self, bell: Bell, *, seconds: float) -> None:
        """Remember it."""
        self.set.append((bell, seconds))
