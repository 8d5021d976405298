"""What a turn may use: the ports behind the Dialogue Manager's rungs, gathered once a process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from bot.domain.account import Account as Account
from bot.domain.account import Prices, unpriced
from bot.domain.conversation import Address, Narrowed, PersonId, Space
from bot.domain.messages import RungTry
from bot.ensemble.effort import Announce as Announce
from bot.ensemble.effort import Effort as Effort
from bot.ensemble.router import LadderRouter, Router
from bot.generation.pointing import LineVectors
from bot.nlu.understanding import Understander
from bot.ports.analyser import Analyser
from bot.ports.channel_history import ChannelHistory
from bot.ports.chat_model import ChatModel
from bot.ports.chunk_index import ChunkIndex
from bot.ports.clock import Clock
from bot.ports.receipts import Receipts
from bot.retrieval.curated import CuratedDesk

Again = Callable[["Means", Effort], tuple[RungTry, ...]]
"""Answers the same question with other means; only the tries on its ladder come of it."""


def nothing_beside(tries: tuple[RungTry, ...], again: Again, effort: Effort) -> None:
    """Take an answer for itself."""


class Unread:
    """`ChannelHistory` where no channel can be read."""

    def last_day(self, address: Address) -> None:
        """Return None."""


UNREAD = Unread()
UNTAUGHT = LadderRouter()
"""By the prior alone."""


@dataclass(frozen=True, slots=True)
class Means:
    """Ports for understanding and answering; a step names the ones it needs by attribute.

    zone: in which people say times here. administrators: whom a person can be handed to.
    refresh: takes over what was changed in chat; called before each turn. router: where ladders start.
    beside: told of each answer's tries, and how to find it again with other models. curated: answers that people vouch
    for, None = there are none.
    spaces: what every reader of the turn's reply may read; none until a turn names them. narrowed: see `Audience`.
    history: what was said in a channel.
    """

    understander: Understander
    models: Sequence[ChatModel]
    index: ChunkIndex
    analyser: Analyser
    lines: LineVectors
    clock: Clock
    receipts: Receipts
    prices: Prices = unpriced
    beside: Callable[[tuple[RungTry, ...], Again, Effort], None] = nothing_beside
    spaces: tuple[Space, ...] = ()
    narrowed: Narrowed | None = None
    zone: tzinfo = UTC
    administrators: tuple[PersonId, ...] = ()
    refresh: Callable[[], None] = lambda: None
    router: Router = UNTAUGHT
    curated: CuratedDesk | None = None
    history: ChannelHistory = UNREAD

    def account(self) -> Account:
        """Open the account of one turn."""
        return Account(self.clock.monotonic, self.prices)
