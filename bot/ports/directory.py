"""Who a person is to this Maru."""

from typing import Protocol

from bot.domain.conversation import Address, PersonId, Standing


class Directory(Protocol):
    """Standing from settings, admissions and the platform's own records; fails closed."""

    def standing(self, person: PersonId, address: Address) -> Standing:
        """Tell administrator, member or stranger.

        Raises PlatformUnavailable if it cannot be asked, PlatformRateLimited if not so soon.
        """
