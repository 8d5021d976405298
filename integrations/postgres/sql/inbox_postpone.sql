-- Gives the lease back; where the attempt does not count, it is taken off again.
WITH given_back AS (
    UPDATE conversation
    SET leased_until = NULL, due_at = clock_timestamp() + make_interval(secs => %(seconds)s)
    WHERE id = %(conversation)s AND fence = %(fence)s AND leased_until IS NOT NULL
    RETURNING id
)
UPDATE inbox
SET attempts = attempts - 1
WHERE id = %(inbox)s AND settled_at IS NULL AND NOT %(counts)s AND EXISTS (SELECT FROM given_back)
