-- The newest rows by their numbers: the primary keys have that order, and a look is rare. What an open row has posted of itself
-- is known from before, for it is recorded before the next part is sent.
WITH mine AS (
    UPDATE outbox SET sought = true
    WHERE key = %(key)s AND status = 'sending' AND NOT sought AND tried_at IS NOT NULL
    RETURNING id, tried_at, message->'address'->>'platform' AS platform, message->'address'->>'channel' AS channel
), known AS (
    SELECT unnest(string_to_array(o.reference, ' ')) AS name, o.id = mine.id OR o.settled_at < mine.tried_at AS before
    FROM mine, (SELECT id, reference, settled_at, message FROM outbox ORDER BY id DESC LIMIT 500) o
    WHERE o.reference IS NOT NULL AND o.message->'address'->>'platform' = mine.platform
    UNION ALL
    SELECT i.message_key, i.received_at < mine.tried_at
    FROM mine, (SELECT message_key, received_at, event FROM inbox ORDER BY id DESC LIMIT 500) i
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
