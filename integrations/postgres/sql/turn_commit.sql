-- One statement is one transaction: state, inbox mark, turn and outbox rows, or nothing at all if the fence is old.
WITH ours AS (
    UPDATE conversation
    SET state = %(state)s, leased_until = NULL, waiting = waiting - 1,
        due_at = CASE WHEN waiting > 1 THEN clock_timestamp() END,
        rank = clock_timestamp()
    WHERE id = %(conversation)s AND fence = %(fence)s AND leased_until IS NOT NULL
    RETURNING id, waiting
), settled AS (
    UPDATE inbox SET settled_at = clock_timestamp()
    WHERE id = %(inbox)s AND settled_at IS NULL AND EXISTS (SELECT FROM ours)
    RETURNING id, event_id, person
), recorded AS (
    INSERT INTO turn (inbox, conversation, action, apology, receipt)
    SELECT id, %(conversation)s, %(action)s, %(apology)s, %(receipt)s::jsonb FROM settled
), billed AS (
    INSERT INTO ledger (inbox, person, channel, skill, purpose, model, replica, input_tokens, output_tokens,
                        seconds, usd, reference_usd, counted)
    -- The tokens are a server's word: whatever it says, the turn is committed.
    SELECT settled.id, settled.person, %(channel)s, %(receipt)s::jsonb->>'skill', purpose, model, replica,
           least(input_tokens, 1e9), least(output_tokens, 1e9), seconds, usd, reference_usd, counted
    FROM settled, jsonb_to_recordset(%(receipt)s::jsonb->'calls') AS call (
        purpose text, model text, replica text, input_tokens numeric, output_tokens numeric,
        seconds float, usd float, reference_usd float, counted boolean
    )
), noticed AS (
    -- Whoever has the reply need not be told that it will come.
    DELETE FROM outbox WHERE key IN (SELECT event_id || '#place' FROM settled) AND status IN ('queued', 'deferred')
), queued AS (
    INSERT INTO outbox (key, event_id, conversation, message)
    SELECT message.key, settled.event_id, message.body->>'conversation', message.body
    FROM settled, unnest(%(keys)s::text[], %(messages)s::jsonb[]) WITH ORDINALITY AS message (key, body, part)
    ORDER BY message.part
), paired AS (
    INSERT INTO escalation (inbox, about, person, question, draft, draft_receipt, answer, accepted)
    SELECT settled.id, pair.about, settled.person, pair.question, pair.draft, pair.receipt,
           CASE WHEN pair.accepted THEN %(answer)s END, pair.accepted
    FROM settled, jsonb_to_record(%(escalation)s::jsonb) AS pair (
        about bigint, question text, draft text, receipt jsonb, accepted boolean
    )
    WHERE %(escalation)s::jsonb IS NOT NULL
), given AS (
    -- In the order of their numbers: two turns that give the same answers cannot deadlock on them.
    UPDATE curated_answer SET hits = hits + 1, last_hit_at = clock_timestamp()
    WHERE id IN (SELECT id FROM curated_answer WHERE id = ANY(%(curated)s::bigint[]) ORDER BY id FOR UPDATE)
      AND EXISTS (SELECT FROM settled)
), planned AS (
    INSERT INTO schedule (key, event_id, conversation, person, at, message)
    SELECT later.body->>'key', settled.event_id, later.body->>'conversation', later.person, to_timestamp(later.at), later.body
    FROM settled, unnest(%(people)s::text[], %(times)s::float8[], %(later)s::jsonb[]) AS later (person, at, body)
), withdrawn AS (
    DELETE FROM schedule WHERE key = ANY(%(withdrawn)s::text[]) AND EXISTS (SELECT FROM settled)
)
SELECT ours.waiting > 0, CASE WHEN %(announce)s THEN pg_notify('maru_reply', event_id) END FROM settled, ours
-- Nobody waits for the disk here: if Postgres dies now, the turn is made once more. Its reply can only have gone out after a
-- claim from the outbox, which does wait, and so for everything before it, too.
WHERE set_config('synchronous_commit', 'off', true) = 'off'
