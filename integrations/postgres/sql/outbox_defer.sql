UPDATE outbox
SET status = 'deferred', why = %(why)s, uncertain = %(uncertain)s,
    due_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(id)s AND fence = %(fence)s AND status = 'sending'
