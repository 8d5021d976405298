"""Who was let in, and who was allowed or refused what."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.conversation import PersonId


class InMemoryAdmissions:
    """`Admissions` that forgets with its process."""

    def __init__(self) -> None:
        self.by: dict[PersonId, PersonId] = {}

    def admitted(self, ids: Sequence[PersonId]) -> bool:
        """Tell whether any of these ids was let in."""
        return any(one in self.by for one in ids)

    def admit(self, person: PersonId, *, by: PersonId) -> None:
        """Let a person or group in; who did it first is remembered."""
        self.by.setdefault(person, by)


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
