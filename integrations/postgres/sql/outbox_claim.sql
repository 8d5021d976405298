-- The longest-due messages, of each conversation only its oldest open one. While one is sent, due_at is the end of its lease, so
-- the index alone knows what may be taken. It is read in its own order, up to the statement's time, which may be compared inside
-- it: otherwise every claim would look at all that was sent since the last vacuum. A subquery for each candidate, not an
-- anti-join: its cost does not depend on statistics, which a table that is full one minute and empty the next never has.
-- A row found in 'sending' belonged to a process that died or froze: the platform may have it already.
WITH due AS (
    SELECT o.id
    FROM outbox o
    WHERE o.status IN ('queued', 'sending', 'deferred')
      AND o.due_at <= statement_timestamp()
      AND o.id = (
          SELECT e.id FROM outbox e
          WHERE e.conversation = o.conversation AND e.status IN ('queued', 'sending', 'deferred')
          ORDER BY e.id LIMIT 1
      )
    ORDER BY o.due_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox o
SET uncertain = o.uncertain OR o.status = 'sending',
    tried_at = CASE WHEN o.uncertain OR o.status = 'sending' THEN o.tried_at ELSE clock_timestamp() END,
    status = 'sending',
    attempts = o.attempts + 1,
    fence = o.fence + 1,
    due_at = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
FROM due WHERE o.id = due.id
RETURNING o.id, o.fence, o.message::text, o.attempts, o.failures, o.uncertain, o.reference
