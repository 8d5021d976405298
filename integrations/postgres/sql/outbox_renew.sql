-- What is recorded here is never posted again, and whoever gets no row back must not post at all.
UPDATE outbox
SET reference = %(posted)s, due_at = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
WHERE id = %(id)s AND fence = %(fence)s AND status = 'sending'
RETURNING id
