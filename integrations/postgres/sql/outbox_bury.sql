UPDATE outbox
SET status = 'buried', why = %(why)s, leased_until = NULL, settled_at = clock_timestamp()
WHERE id = %(id)s AND fence = %(fence)s AND status = 'sending'
