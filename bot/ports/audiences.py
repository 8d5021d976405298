"""Who will read a reply, and what it may therefore use."""

from typing import Protocol

from bot.domain.conversation import Address, Audience, PersonId


class Audiences(Protocol):
    """The audience of a reply to a person at an address; fails closed."""

    def of(self, person: PersonId, address: Address) -> Audience:
        """Return it for one who is no stranger.

        Raises TransientError when the platform or the database wants to be asked later.
        """
