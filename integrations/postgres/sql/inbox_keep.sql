-- One round trip: the event, or nothing if either key is known; and its conversation, due now unless somebody works on it.
-- Its place in the line: ten seconds back for each unsettled event of the same person, a fiftieth of one for each of the same
-- workspace; so other people's first questions come before one's second. It orders and never delays.
-- The count asks for a range and an order that only the right index gives: no statistics can lure the planner elsewhere.
WITH crowd AS MATERIALIZED (
    SELECT count(*) AS mine FROM (
        SELECT FROM inbox WHERE settled_at IS NULL AND person >= %(person)s AND person <= %(person)s
        ORDER BY person, id LIMIT %(most_of_one)s
    ) AS unsettled
), new AS (
    INSERT INTO inbox (event_id, message_key, conversation, person, event, settled_at)
    SELECT %(event_id)s, %(message_key)s, %(conversation)s, %(person)s, %(event)s::jsonb,
           CASE WHEN mine >= %(most_of_one)s OR %(full)s THEN clock_timestamp() END
    FROM crowd
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
    SELECT CASE WHEN %(notice)s::text IS NULL THEN 0 ELSE (
        SELECT count(*) FROM (
            SELECT FROM conversation
            WHERE due_at <= statement_timestamp() AND rank < (SELECT rank FROM placed)
            ORDER BY rank LIMIT 1000
        ) AS earlier
    ) END AS others
    FROM placed
), told AS (
    -- In two seconds: where hands are free, the reply comes sooner and takes the notice with it.
    INSERT INTO outbox (key, event_id, conversation, message, due_at)
    SELECT %(notice_key)s, new.event_id, new.conversation, replace(%(notice)s, '{before}', before.others::text)::jsonb,
           clock_timestamp() + interval '2 seconds'
    FROM new, before WHERE new.settled_at IS NULL AND before.others > %(notice_above)s
), refused AS (
    INSERT INTO outbox (key, event_id, conversation, message)
    SELECT %(refusal_key)s, event_id, conversation, %(refusal)s::jsonb FROM new WHERE settled_at IS NOT NULL
), recorded AS (
    INSERT INTO turn (inbox, conversation, action, apology, receipt)
    SELECT id, conversation, 'Refused', false, %(receipt)s::jsonb FROM new WHERE settled_at IS NOT NULL
)
SELECT settled_at IS NOT NULL FROM new
