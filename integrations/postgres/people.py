"""Who was let in, and the record of who was allowed or refused what."""

from collections.abc import Sequence

from bot.domain.conversation import PersonId
from integrations.postgres.pool import Pool, borrowed


class PostgresAdmissions:
    """`Admissions` over table person."""

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
