-- A row found in 'sending' belonged to a process that died or froze: the platform may have it already.
WITH due AS (
    SELECT o.id
    FROM outbox o
    WHERE o.status IN ('queued', 'sending', 'deferred')
      AND o.due_at <= clock_timestamp()
      AND (o.leased_until IS NULL OR o.leased_until < clock_timestamp())
      AND NOT EXISTS (
          SELECT FROM outbox earlier
          WHERE earlier.conversation = o.conversation
            AND earlier.status IN ('queued', 'sending', 'deferred') AND earlier.id < o.id
      )
    ORDER BY o.id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox o
SET uncertain = o.uncertain OR o.status = 'sending',
    status = 'sending',
    attempts = o.attempts + 1,
    fence = o.fence + 1,
    leased_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
FROM due WHERE o.id = due.id
RETURNING o.id, o.fence, o.message::text, o.attempts, o.uncertain
