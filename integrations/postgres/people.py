"""Who was let in, and the record of who was allowed or refused what."""

from collections.abc import Sequence

from bot.domain.conversation import PersonId
from integrations.postgres.pool import Pool, borrowed

# Bounded, so that it costs a millisecond however much was ever said: who has been silent for so long has no language.
_LAST_WORDS = """
SELECT recent.event->>'text' FROM (SELECT id, person, event FROM inbox ORDER BY id DESC LIMIT 5000) AS recent
WHERE recent.person = %s AND recent.event->>'kind' = 'message' AND recent.event->>'text' <> ''
ORDER BY recent.id DESC LIMIT 1
"""


class PostgresAdmissions:
    """`Admissions` over the tables person and inbox."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def admitted(self, ids: Sequence[PersonId]) -> bool:
        """Tell whether any of these ids was let in."""
        with borrowed(self._pool) as connection:
            row = connection.execute("SELECT FROM person WHERE id = ANY(%s) LIMIT 1", (list(ids),)).fetchone()
        return row is not None

    def admit(self, person: PersonId, *, by: PersonId) -> None:
        """Let a person or group in, from now on and on all workers; twice is once."""
        with borrowed(self._pool) as connection:
            connection.execute(
                "INSERT INTO person (id, admitted_by) VALUES (%s, %s) ON CONFLICT DO NOTHING", (person, by)
            )

    def last_words(self, person: PersonId) -> str | None:
        """Return what the person last wrote in one of the house's latest 5,000 events, None if nothing."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_LAST_WORDS, (person,)).fetchone()
        return str(row[0]) if row else None


class PostgresAuditLog:
    """`AuditLog` over table audit."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def record(self, *, person: PersonId, action: str, allowed: bool, detail: str) -> None:
        """Commit one line."""
        with borrowed(self._pool) as connection:
            connection.execute(
                "INSERT INTO audit (person, action, allowed, detail) VALUES (%s, %s, %s, %s)",
                (person, action, allowed, detail),
            )
