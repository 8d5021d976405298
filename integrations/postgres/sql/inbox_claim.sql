-- The longest-waiting conversation that nobody holds. Both rows are locked, so that a settled event or a fresh lease
-- that this snapshot does not show yet is seen when the lock is granted.
WITH next AS (
    SELECT i.id, i.conversation
    FROM inbox i
    JOIN conversation c ON c.id = i.conversation
    WHERE i.settled_at IS NULL
      AND i.due_at <= clock_timestamp()
      AND (c.leased_until IS NULL OR c.leased_until < clock_timestamp())
      AND NOT EXISTS (
          SELECT FROM inbox earlier
          WHERE earlier.conversation = i.conversation AND earlier.settled_at IS NULL AND earlier.id < i.id
      )
    ORDER BY i.id
    LIMIT 1
    FOR UPDATE OF i, c SKIP LOCKED
), leased AS (
    UPDATE conversation c
    SET fence = c.fence + 1, leased_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
    FROM next WHERE c.id = next.conversation
    RETURNING c.id, c.fence, c.state::text AS state
)
UPDATE inbox i
SET attempts = i.attempts + 1
FROM leased WHERE i.id = (SELECT id FROM next) AND i.conversation = leased.id
RETURNING leased.id, leased.fence, i.id, i.event::text, leased.state, i.attempts,
          extract(epoch FROM clock_timestamp() - i.received_at)::float8
