-- The rows that were made about when this one was posted: where many wait, the newest tell of a later time. The primary keys have
-- that order, and a look is rare. What an open row has posted of itself is known from before, for it is recorded before the
-- next part is sent.
WITH mine AS (
    UPDATE outbox SET sought = true
    WHERE key = %(key)s AND status = 'sending' AND NOT sought AND tried_at IS NOT NULL
    RETURNING id, tried_at, message->'address'->>'platform' AS platform, message->'address'->>'channel' AS channel
), edge AS (
    SELECT max(id) AS id FROM (
        SELECT i.id FROM mine, inbox i WHERE i.received_at < mine.tried_at ORDER BY i.id DESC LIMIT 1
    ) AS latest
), known AS (
    SELECT unnest(string_to_array(o.reference, ' ')) AS name, o.id = mine.id OR o.settled_at < mine.tried_at AS before
    FROM mine JOIN outbox o ON o.id BETWEEN mine.id - 500 AND mine.id + 500
    WHERE o.reference IS NOT NULL AND o.message->'address'->>'platform' = mine.platform
    UNION ALL
    SELECT i.message_key, i.before
    FROM mine, edge, LATERAL (
        (SELECT message_key, event, true AS before FROM inbox
         WHERE id <= edge.id AND received_at < mine.tried_at ORDER BY id DESC LIMIT 300)
        UNION ALL
        (SELECT message_key, event, false FROM inbox WHERE id > coalesce(edge.id, 0) ORDER BY id LIMIT 300)
    ) i
    WHERE i.event->'address'->>'platform' = mine.platform
)
SELECT ARRAY(SELECT name FROM known WHERE before),
       ARRAY(SELECT name FROM known WHERE before IS NOT TRUE),
       EXISTS (
           SELECT FROM outbox o
           WHERE (o.status = 'sending' OR o.uncertain AND o.status IN ('queued', 'deferred')) AND o.id <> mine.id
             AND o.message->'address'->>'platform' = mine.platform AND o.message->'address'->>'channel' = mine.channel
       ) OR EXISTS (
           SELECT FROM outbox o
           WHERE string_to_array(o.reference, ' ') @> ARRAY['unconfirmed'] AND o.settled_at > mine.tried_at - interval '1 hour'
             AND o.message->'address'->>'platform' = mine.platform AND o.message->'address'->>'channel' = mine.channel
       )
FROM mine
