-- The request knows what it did, and comes before all that waits.
WITH told AS (
    UPDATE inbox SET event = jsonb_set(event, '{stopped}', to_jsonb(%(stopped)s::int)) WHERE event_id = %(event_id)s
    RETURNING conversation
)
UPDATE conversation c SET rank = '-infinity' FROM told WHERE c.id = told.conversation
