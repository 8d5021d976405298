-- What is due now becomes a message like any other; the same key twice is one message.
WITH due AS (
    DELETE FROM schedule WHERE key IN (
        SELECT key FROM schedule WHERE at <= clock_timestamp() ORDER BY at LIMIT 500 FOR UPDATE SKIP LOCKED
    )
    RETURNING key, event_id, conversation, message
), released AS (
    INSERT INTO outbox (key, event_id, conversation, message)
    SELECT key, event_id, conversation, message FROM due
    ON CONFLICT (key) DO NOTHING
    RETURNING id
)
SELECT count(*) FROM released
