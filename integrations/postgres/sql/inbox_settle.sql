-- Settles events without a reply, and takes the lease of whoever may work on one of them: on the oldest of a conversation, or
-- on one claimed before an older one was committed.
WITH oldest AS MATERIALIZED (
    SELECT DISTINCT ON (o.conversation) o.conversation, o.id
    FROM inbox o
    WHERE o.conversation = ANY(%(conversations)s) AND o.settled_at IS NULL
    ORDER BY o.conversation, o.id
), settled AS (
    UPDATE inbox SET settled_at = clock_timestamp()
    WHERE conversation = ANY(%(conversations)s) AND settled_at IS NULL AND person = %(person)s
      AND message_key = coalesce(%(message_key)s, message_key) AND event->>'kind' <> 'stop'
    RETURNING id, event_id, conversation, attempts
), recorded AS (
    INSERT INTO turn (inbox, conversation, action, apology, receipt)
    SELECT id, conversation, %(action)s, false, %(receipt)s::jsonb FROM settled
), noticed AS (
    DELETE FROM outbox WHERE key IN (SELECT event_id || '#place' FROM settled) AND status IN ('queued', 'deferred')
), fewer AS (
    SELECT settled.conversation, count(*) AS events, bool_or(settled.id = oldest.id OR settled.attempts > 0) AS first
    FROM settled JOIN oldest ON oldest.conversation = settled.conversation
    GROUP BY settled.conversation
), freed AS (
    UPDATE conversation c
    SET waiting = c.waiting - fewer.events,
        fence = CASE WHEN fewer.first THEN c.fence + 1 ELSE c.fence END,
        leased_until = CASE WHEN fewer.first THEN NULL ELSE c.leased_until END,
        due_at = CASE WHEN c.waiting = fewer.events THEN NULL WHEN fewer.first THEN clock_timestamp() ELSE c.due_at END
    FROM fewer WHERE c.id = fewer.conversation
    RETURNING CASE WHEN fewer.first THEN pg_notify('maru_stop', c.fence || ' ' || c.id) END
)
SELECT (SELECT count(*) FROM settled), (SELECT count(*) FROM freed)
