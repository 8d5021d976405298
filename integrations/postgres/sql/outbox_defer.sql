UPDATE outbox
SET status = 'deferred', why = coalesce(%(why)s, why), uncertain = %(uncertain)s, attempts = attempts - %(given_back)s,
    due_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(id)s AND fence = %(fence)s AND status = 'sending'
RETURNING id
