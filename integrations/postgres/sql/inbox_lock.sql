-- The conversations that a change or a stop is about, and the request's own. Locked before their events, as everywhere else, and
-- in the order of their ids, so that nobody deadlocks. What they hold is read by the next statement: its snapshot is younger.
SELECT id FROM conversation
WHERE id IN (
    SELECT conversation FROM inbox WHERE message_key = %(message_key)s
    UNION ALL
    SELECT conversation FROM inbox
    WHERE settled_at IS NULL AND person >= %(person)s AND person <= %(person)s
      AND %(message_key)s::text IS NULL AND conversation = coalesce(%(about)s, conversation)
    UNION ALL
    SELECT %(own)s
)
ORDER BY id FOR UPDATE
