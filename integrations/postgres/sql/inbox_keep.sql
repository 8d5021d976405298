-- One round trip: the event, or nothing if either key is known; and its conversation, due now unless somebody works on it.
WITH new AS (
    INSERT INTO inbox (event_id, message_key, conversation, person, event)
    VALUES (%(event_id)s, %(message_key)s, %(conversation)s, %(person)s, %(event)s)
    ON CONFLICT DO NOTHING
    RETURNING conversation
)
INSERT INTO conversation AS known (id, waiting, due_at)
SELECT conversation, 1, clock_timestamp() FROM new
ON CONFLICT (id) DO UPDATE
SET waiting = known.waiting + 1, due_at = coalesce(known.due_at, excluded.due_at)
RETURNING id
