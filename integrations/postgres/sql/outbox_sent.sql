UPDATE outbox
SET status = 'sent', reference = %(reference)s, leased_until = NULL, settled_at = clock_timestamp()
WHERE id = %(id)s AND fence = %(fence)s AND status = 'sending'
