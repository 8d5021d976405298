"""A chat platform's own word on who belongs to the workspace."""

from typing import Protocol


class Membership(Protocol):
    """Asks the platform; answers are cached for minutes."""

    def is_full_member(self, team: str, user: str) -> bool:
        """Tell whether the user is a full member (no guest, no bot, not of another workspace).

        Raises PlatformUnavailable when the platform cannot be asked, PlatformRateLimited when it may be asked after
        some seconds: then nobody is let in.
        """
