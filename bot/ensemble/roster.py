"""The models of now: the catalogue as it was last read, without those that an administrator switched off."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeVar, overload

from bot.domain.models import ModelEntry
from bot.ports.chat_model import ChatModel, ServedModel

M = TypeVar("M", bound=ServedModel)


class Roster(Sequence[ChatModel]):
    """A sequence that may be another one at each look. Thread-safe: whoever iterates sees one state of it.

    A model that is taken out finishes the calls that it has: whoever holds it goes on.
    """

    def __init__(self, models: Sequence[ServedModel] = ()) -> None:
        self._all = tuple(models)
        self._off: frozenset[str] = frozenset()
        self._on: tuple[ServedModel, ...] = self._all

    @property
    def catalogue(self) -> tuple[ServedModel, ...]:
        """All models, those that are switched off among them."""
        return self._all

    @property
    def off(self) -> frozenset[str]:
        """Names that are switched off, in the catalogue or not."""
        return self._off

    def renew(self, models: Sequence[ServedModel]) -> None:
        """Take the place of all models at once."""
        self._all = tuple(models)
        self._arrange()

    def switch_off(self, names: Collection[str]) -> None:
        """Leave out exactly these from now on."""
        self._off = frozenset(names)
        self._arrange()

    def _arrange(self) -> None:
        self._on = tuple(model for model in self._all if model.entry.name not in self._off)

    def __iter__(self) -> Iterator[ChatModel]:
        return iter(self._on)

    def __len__(self) -> int:
        return len(self._on)

    @overload
    def __getitem__(self, index: int) -> ChatModel: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ChatModel]: ...
    def __getitem__(self, index: int | slice) -> ChatModel | Sequence[ChatModel]:
        return self._on[index]


def renewed(old: Sequence[M], entries: Sequence[ModelEntry], make: Callable[[ModelEntry], M]) -> tuple[M, ...]:
    """Return a model for each entry, in their order: the old one where nothing of its entry changed, else a new one.

    What an old one knows of its servers, and who waits for them, stays with it.
    """
    known = {model.entry: model for model in old}
    return tuple(known.get(entry) or make(entry) for entry in entries)
