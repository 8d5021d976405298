"""Holds a conversation for the length of a turn."""

from contextlib import AbstractContextManager
from typing import Protocol

from bot.ports.cancellation import Cancellation
from bot.ports.inbox import Claim


class TurnGuard(Protocol):
    """Renews the lease behind a claim until the block ends; its cancellation fires when the lease is lost."""

    def hold(self, claim: Claim) -> AbstractContextManager[Cancellation]:
        """Guard one claim. The cancellation also fires at the turn's deadline."""
