-- Two that look at the same moment: the second finds it told.
WITH told AS (
    INSERT INTO feedback_told (document) SELECT id FROM document WHERE id = %(document)s
    ON CONFLICT (document) DO UPDATE SET at = excluded.at
    WHERE feedback_told.at < clock_timestamp() - interval '1 day'
    RETURNING document
), queued AS (
    INSERT INTO outbox (key, event_id, conversation, message)
    SELECT message.key, message.key, message.body->>'conversation', message.body
    FROM told, unnest(%(keys)s::text[], %(messages)s::jsonb[]) AS message (key, body)
    ON CONFLICT (key) DO NOTHING
)
SELECT FROM told
