-- One round trip: the conversation's row and the event, or nothing if either key is known.
WITH thread AS (
    INSERT INTO conversation (id) VALUES (%(conversation)s) ON CONFLICT DO NOTHING
)
INSERT INTO inbox (event_id, message_key, conversation, person, event)
VALUES (%(event_id)s, %(message_key)s, %(conversation)s, %(person)s, %(event)s)
ON CONFLICT DO NOTHING
RETURNING id
