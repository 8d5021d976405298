-- The longest-due conversation, and its oldest event. Being due is a column of the locked row, so it is judged anew once the
-- lock is granted; the event is not (NULL here if it was settled or kept since the snapshot: the caller gives the lease back).
WITH next AS (
    SELECT id FROM conversation
    WHERE due_at <= clock_timestamp()
    ORDER BY due_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
), leased AS (
    UPDATE conversation c
    SET fence = c.fence + 1,
        leased_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
        due_at = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
    FROM next WHERE c.id = next.id
    RETURNING c.id, c.fence, c.state::text AS state
), claimed AS (
    UPDATE inbox i
    SET attempts = i.attempts + 1
    WHERE i.settled_at IS NULL
      AND i.id = (SELECT min(o.id) FROM inbox o JOIN leased ON o.conversation = leased.id WHERE o.settled_at IS NULL)
    RETURNING i.id, i.event::text AS event, i.attempts,
              extract(epoch FROM clock_timestamp() - i.received_at)::float8 AS waited
)
SELECT leased.id, leased.fence, claimed.id, claimed.event, leased.state, claimed.attempts, claimed.waited
FROM leased LEFT JOIN claimed ON true
