WITH ours AS (
    UPDATE conversation SET leased_until = NULL
    WHERE id = %(conversation)s AND fence = %(fence)s
    RETURNING id
)
UPDATE inbox SET due_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = %(inbox)s AND settled_at IS NULL AND EXISTS (SELECT FROM ours)
