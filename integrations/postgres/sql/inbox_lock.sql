-- The conversations that a change or a stop is about, locked before their events as everywhere else; what they hold is read by
-- the next statement, whose snapshot is younger than the lock.
SELECT id FROM conversation
WHERE id IN (
    SELECT conversation FROM inbox WHERE message_key = %(message_key)s
    UNION ALL
    SELECT conversation FROM inbox
    WHERE settled_at IS NULL AND person >= %(person)s AND person <= %(person)s
      AND %(message_key)s::text IS NULL AND conversation = coalesce(%(about)s, conversation)
)
ORDER BY id FOR UPDATE
