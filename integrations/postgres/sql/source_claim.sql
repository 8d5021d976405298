-- The named one, whoever looks at it; or the one that is due longest and that nobody looks at.
UPDATE source
SET leased_until = clock_timestamp() + make_interval(secs => %(seconds)s), run = run + 1
WHERE id = (
    SELECT id FROM source
    WHERE due_at <= clock_timestamp() AND (leased_until IS NULL OR leased_until <= clock_timestamp())
      AND %(number)s::bigint IS NULL
    ORDER BY due_at LIMIT 1
    FOR UPDATE SKIP LOCKED
) OR id = %(number)s
RETURNING id, kind, location, space, trusted, run
