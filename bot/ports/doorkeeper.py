"""Who is let in, as far as the door can tell."""

from typing import Protocol

from bot.domain.conversation import Address, PersonId


class Doorkeeper(Protocol):
    """Knows settings and admissions; asks no platform, for an event is not acknowledged meanwhile."""

    def is_stranger(self, person: PersonId, address: Address) -> bool:
        """Tell who is surely a stranger; whoever is not may turn out to be one. Raises DatabaseUnavailable."""
