"""What administrators switched about the models, for all processes."""

from typing import Protocol

from bot.domain.conversation import PersonId


class Switchboard(Protocol):
    """Which models are switched off. A name need not be in the catalogue: it may come back."""

    def off(self) -> frozenset[str]:
        """Return the names that are switched off. Raises DatabaseUnavailable."""

    def switch(self, model: str, *, off: bool, by: PersonId) -> bool:
        """Switch a model off or on again, for all processes; return whether that changed anything."""
