-- The first in the line, each with its oldest event. Being due is a column of the locked row, so it is judged anew once the
-- lock is granted; the event is not (NULL here if it was settled or kept since the snapshot: the caller gives the lease back).
-- By the statement's time, not the clock's: that may be compared inside the index, so those in work cost nothing.
WITH next AS (
    SELECT id FROM conversation
    WHERE due_at <= statement_timestamp()
    ORDER BY rank
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), leased AS (
    UPDATE conversation c
    SET fence = c.fence + 1,
        leased_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
        due_at = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
    FROM next WHERE c.id = next.id
    RETURNING c.id, c.fence, c.rank, c.state::text AS state
), claimed AS (
    UPDATE inbox i
    SET attempts = i.attempts + 1
    FROM leased, LATERAL (
        SELECT o.id FROM inbox o WHERE o.conversation = leased.id AND o.settled_at IS NULL ORDER BY o.id LIMIT 1
    ) oldest
    WHERE i.id = oldest.id AND i.settled_at IS NULL
    RETURNING i.id, i.conversation, i.event::text AS event, i.attempts,
              extract(epoch FROM clock_timestamp() - i.received_at)::float8 AS waited
)
SELECT leased.id, leased.fence, claimed.id, claimed.event, leased.state, claimed.attempts, claimed.waited
FROM leased LEFT JOIN claimed ON claimed.conversation = leased.id
-- A claim that a dying Postgres forgets is made again: nobody waits for the disk. (Two holders of one fence: the first commit
-- frees the lease, and the second finds none.)
WHERE set_config('synchronous_commit', 'off', true) = 'off'
ORDER BY leased.rank, claimed.id
