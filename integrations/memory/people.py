"""Who was let in, and who was allowed or refused what."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.conversation import PersonId
from bot.domain.events import MessageReceived
from integrations.memory.database import MemoryDatabase


class InMemoryAdmissions:
    """`Admissions` that forgets with its process."""

    def __init__(self, database: MemoryDatabase | None = None) -> None:
        """database: where people's messages are; without one nobody wrote any."""
        self.by: dict[PersonId, PersonId] = {}
        self._database = database

    def admitted(self, ids: Sequence[PersonId]) -> bool:
        """Tell whether any of these ids was let in."""
        return any(one in self.by for one in ids)

    def admit(self, person: PersonId, *, by: PersonId) -> None:
        """Let a person or group in; who did it first is remembered."""
        self.by.setdefault(person, by)

    def last_words(self, person: PersonId) -> str | None:
        """Return what the person last wrote in a message, None if nothing."""
        if self._database is None:
            return None
        with self._database.lock:
            events = [row.event for row in self._database.inbox]
        said = [one.text for one in events if one.person == person and isinstance(one, MessageReceived) and one.text]
        return said[-1] if said else None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of the record."""

    person: PersonId
    action: str
    allowed: bool
    detail: str


class InMemoryAuditLog:
    """`AuditLog` whose lines can be read."""

    def __init__(self) -> None:
        self.lines: list[AuditLine] = []

    def record(self, *, person: PersonId, action: str, allowed: bool, detail: str) -> None:
        """Append one line."""
        self.lines.append(AuditLine(person, action, allowed, detail))
