"""What a turn may use: the ports behind the Dialogue Manager's rungs, gathered once a process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain.conversation import WORKSPACE, PersonId, Space
from bot.generation.pointing import LineVectors
from bot.nlu.understanding import Understander
from bot.ports.analyser import Analyser
from bot.ports.cancellation import Cancellation
from bot.ports.chat_model import ChatModel
from bot.ports.chunk_index import ChunkIndex
from bot.ports.clock import Clock

Announce = Callable[[str], None]
"""Shows what is being done now, where the platform can show it."""


@dataclass(frozen=True, slots=True)
class Effort:
    """For whom a turn works, and how far it may go. hurried: only the first rung of a ladder, for many others wait."""

    person: PersonId
    cancellation: Cancellation
    announce: Announce
    hurried: bool = False


@dataclass(frozen=True, slots=True)
class Means:
    """Ports for understanding and answering; a step names the ones it needs by attribute."""

    understander: Understander
    models: Sequence[ChatModel]
    index: ChunkIndex
    analyser: Analyser
    lines: LineVectors
    clock: Clock
    spaces: tuple[Space, ...] = (WORKSPACE,)
