"""Keeps a conversation ours while a model thinks."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.conversation import ConversationId


class ConversationLease(Protocol):
    """Renews leases in batches: one query per process, however many turns are in flight."""

    def renew(self, held: Sequence[tuple[ConversationId, int]], *, lease_seconds: float) -> frozenset[ConversationId]:
        """Extend every (conversation, fence) that is still ours and return those that are not."""
