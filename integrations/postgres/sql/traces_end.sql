UPDATE outbox SET sought = false, tried_at = CASE WHEN %(gone)s THEN clock_timestamp() ELSE tried_at END
WHERE key = %(key)s AND status = 'sending'
