UPDATE conversation
SET leased_until = NULL, due_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(conversation)s AND fence = %(fence)s AND leased_until IS NOT NULL
