-- The new words, and the lease of whoever works on the old ones. Nothing if the event is settled, or a later change was applied.
-- In work is what was claimed before, not only the oldest: an older event may have been committed after that claim.
WITH before AS MATERIALIZED (
    SELECT id, attempts FROM inbox WHERE message_key = %(message_key)s
), changed AS (
    UPDATE inbox
    SET event = jsonb_set(event, '{text}', to_jsonb(%(text)s::text)), changed_at = to_timestamp(%(at)s), attempts = 0
    WHERE message_key = %(message_key)s AND person = %(person)s AND settled_at IS NULL
      AND event->>'kind' = 'message' AND event->>'text' <> %(text)s
      AND (changed_at IS NULL OR changed_at <= to_timestamp(%(at)s))
    RETURNING id, conversation
), freed AS (
    UPDATE conversation c SET fence = c.fence + 1, leased_until = NULL, due_at = clock_timestamp()
    FROM changed, before
    WHERE c.id = changed.conversation AND c.leased_until IS NOT NULL AND before.id = changed.id AND before.attempts > 0
    RETURNING pg_notify('maru_stop', c.fence || ' ' || c.id)
)
SELECT (SELECT count(*) FROM freed) FROM changed
