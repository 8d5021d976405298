"""Skills that administrators wrote, in a process that forgets them."""

from bot.domain.conversation import PersonId
from bot.ports.skill_store import SkillEntry


class InMemorySkillStore:
    """`SkillStore` in a dictionary."""

    def __init__(self) -> None:
        self._entries: dict[str, SkillEntry] = {}
        self._changes = 0

    def version(self) -> str:
        """Return how often anything changed."""
        return str(self._changes)

    def entries(self) -> list[SkillEntry]:
        """Return all that is kept, by name."""
        return [self._entries[name] for name in sorted(self._entries)]

    def put(self, entry: SkillEntry, *, by: PersonId) -> None:
        """Keep it."""
        self._entries[entry.name] = entry
        self._changes += 1

    def remove(self, name: str) -> bool:
        """Forget it."""
        self._changes += 1
        return self._entries.pop(name, None) is not None
