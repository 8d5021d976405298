"""Where the skills are kept that administrators wrote, and which of all skills are switched off."""

from dataclasses import dataclass
from typing import Protocol

from bot.domain.conversation import PersonId


@dataclass(frozen=True, slots=True)
class SkillEntry:
    """What is kept of one skill. text: the whole file; None = the one that ships. published: its golden questions
    passed, so that people may be given it."""

    name: str
    text: str | None
    enabled: bool = True
    published: bool = False


class SkillStore(Protocol):
    """Raises DatabaseUnavailable."""

    def version(self) -> str:
        """Return what changes whenever anything here does; cheap to ask."""

    def entries(self) -> list[SkillEntry]:
        """Return all that is kept, by name."""

    def put(self, entry: SkillEntry, *, by: PersonId) -> None:
        """Keep it in the place of what was kept under its name."""

    def remove(self, name: str) -> bool:
        """Forget it, so that the one that ships counts again; False if nothing was kept."""
