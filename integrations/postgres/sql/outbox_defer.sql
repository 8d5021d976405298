UPDATE outbox
SET status = 'deferred', why = coalesce(%(why)s, why), uncertain = %(uncertain)s,
    attempts = attempts - (NOT %(counts)s)::int, failures = failures + %(counts)s::int,
    due_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(id)s AND fence = %(fence)s AND status = 'sending'
RETURNING id
