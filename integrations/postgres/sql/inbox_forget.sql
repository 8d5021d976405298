-- Those whose message is here, those that waited for an hour, and all but the newest thousand.
DELETE FROM change_ahead
WHERE message_key = ANY(%(message_keys)s) OR kept_at < statement_timestamp() - interval '1 hour'
   OR kept_at < (SELECT kept_at FROM change_ahead ORDER BY kept_at DESC OFFSET 999 LIMIT 1)
