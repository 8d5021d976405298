-- One round trip: the event, or nothing if either key is known; and its conversation, due now unless somebody works on it.
-- Its place in the line: ten seconds back for each unsettled event of the same person, a fiftieth of one for each of the same
-- workspace; so other people's first questions come before one's second. It orders and never delays.
-- The count asks for a range and an order that only the right index gives: no statistics can lure the planner elsewhere.
-- A change by the same person that came before it is applied: other words, or none at all.
WITH ahead AS MATERIALIZED (
    SELECT text, at FROM change_ahead
    WHERE message_key = %(message_key)s AND person = %(person)s
      AND CASE WHEN text IS NULL THEN %(kind)s <> 'stop' ELSE %(kind)s = 'message' END
), crowd AS MATERIALIZED (
    SELECT count(*) AS mine FROM (
        SELECT FROM inbox WHERE settled_at IS NULL AND person >= %(person)s AND person <= %(person)s
        ORDER BY person, id LIMIT %(most_of_one)s
    ) AS unsettled
), door AS MATERIALIZED (
    SELECT ahead.text, ahead.at, ahead.at IS NOT NULL AND ahead.text IS NULL AS deleted,
           crowd.mine >= %(most_of_one)s OR %(full)s OR %(late)s AND crowd.mine > 0 AS refused
    FROM crowd LEFT JOIN ahead ON true
), new AS (
    INSERT INTO inbox (event_id, message_key, conversation, person, event, changed_at, settled_at)
    SELECT %(event_id)s, %(message_key)s, %(conversation)s, %(person)s,
           CASE WHEN text IS NULL THEN %(event)s::jsonb
                ELSE jsonb_set(%(event)s::jsonb, '{text}', to_jsonb(text)) END,
           at, CASE WHEN deleted OR refused THEN clock_timestamp() END
    FROM door
    ON CONFLICT DO NOTHING
    RETURNING id, event_id, conversation, settled_at
), placed AS (
    INSERT INTO conversation AS known (id, waiting, due_at, rank)
    SELECT new.conversation,
           CASE WHEN new.settled_at IS NULL THEN 1 ELSE 0 END,
           CASE WHEN new.settled_at IS NULL THEN clock_timestamp() END,
           clock_timestamp() + make_interval(secs => 10.0 * crowd.mine + 0.02 * %(around)s)
    FROM new, crowd
    ON CONFLICT (id) DO UPDATE
    SET waiting = known.waiting + excluded.waiting, due_at = coalesce(known.due_at, excluded.due_at),
        rank = CASE WHEN known.due_at IS NULL THEN excluded.rank ELSE known.rank END
    RETURNING rank
), before AS MATERIALIZED (
    -- Who has ten waiting knows that they do.
    SELECT CASE WHEN %(notice)s::text IS NULL OR crowd.mine >= 10 THEN 0 ELSE (
        SELECT count(*) FROM (
            SELECT FROM conversation
            WHERE due_at <= statement_timestamp() AND rank < (SELECT rank FROM placed)
            ORDER BY rank LIMIT 1000
        ) AS earlier
    ) END AS others
    FROM placed, crowd
), told AS (
    -- In two seconds: where hands are free, the reply comes sooner and takes the notice with it.
    INSERT INTO outbox (key, event_id, conversation, message, due_at)
    SELECT %(notice_key)s, new.event_id, new.conversation, replace(%(notice)s, '{before}', before.others::text)::jsonb,
           clock_timestamp() + interval '2 seconds'
    FROM new, before WHERE new.settled_at IS NULL AND before.others > %(notice_above)s
), refused AS (
    INSERT INTO outbox (key, event_id, conversation, message)
    SELECT %(refusal_key)s, event_id, conversation, %(refusal)s::jsonb
    FROM new, door WHERE door.refused AND NOT door.deleted
), recorded AS (
    INSERT INTO turn (inbox, conversation, action, apology, receipt)
    SELECT id, conversation, CASE WHEN door.deleted THEN 'Deleted' ELSE %(refused_as)s END, false,
           CASE WHEN door.deleted THEN %(deletion)s::jsonb ELSE %(receipt)s::jsonb END
    FROM new, door WHERE new.settled_at IS NOT NULL
)
SELECT door.deleted, door.refused FROM new, door
