"""A chat platform's own word on who reads along."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.conversation import Address, PersonId, Space


class Rooms(Protocol):
    """Asks the platform about its channels and groups; answers are kept for a minute at most.

    Every method raises TransientError when the platform may be asked again later (PlatformRateLimited: after some
    seconds); PlatformUnauthorised and PermanentError mean that nobody will know who reads along.
    """

    def only_members(self, room: Address) -> bool:
        """Tell whether everybody who reads there is a full member; False also where that cannot be known."""

    def joined(self, person: PersonId, among: Sequence[Space]) -> frozenset[Space]:
        """Return those of these spaces whose channel or group the person is in."""

    def common(self, room: Address, person: PersonId, among: Sequence[Space]) -> frozenset[Space]:
        """Return those of these spaces, of the person's channels, that everybody who reads in the room may read."""
