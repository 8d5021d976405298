"""Skills that administrators wrote: table skill."""

from bot.domain.conversation import PersonId
from bot.ports.skill_store import SkillEntry
from integrations.postgres.pool import Pool, borrowed

_VERSION = "SELECT coalesce(md5(string_agg(name || changed_at::text, ' ' ORDER BY name)), '') FROM skill"
_ENTRIES = "SELECT name, text, enabled, published FROM skill ORDER BY name"
_PUT = """
INSERT INTO skill (name, text, enabled, published, changed_by) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (name) DO UPDATE
SET text = excluded.text, enabled = excluded.enabled, published = excluded.published,
    changed_by = excluded.changed_by, changed_at = clock_timestamp()
"""


class PostgresSkillStore:
    """`SkillStore` over table skill."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def version(self) -> str:
        """Return a digest of the names and of when each was changed."""
        with borrowed(self._pool) as connection:
            row = connection.execute(_VERSION).fetchone()
        return str(row[0]) if row else ""

    def entries(self) -> list[SkillEntry]:
        """Return all rows, by name."""
        with borrowed(self._pool) as connection:
            return [SkillEntry(*row) for row in connection.execute(_ENTRIES)]

    def put(self, entry: SkillEntry, *, by: PersonId) -> None:
        """Write the row."""
        with borrowed(self._pool) as connection:
            connection.execute(_PUT, (entry.name, entry.text, entry.enabled, entry.published, by))

    def remove(self, name: str) -> bool:
        """Delete the row; False if there was none."""
        with borrowed(self._pool) as connection:
            return connection.execute("DELETE FROM skill WHERE name = %s", (name,)).rowcount > 0
