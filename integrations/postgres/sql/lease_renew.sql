-- Locked in the order of their ids, as a stop does, so that the two cannot deadlock.
WITH held AS (
    SELECT c.id
    FROM unnest(%(conversations)s::text[], %(fences)s::bigint[]) AS held (id, fence)
    JOIN conversation c ON c.id = held.id
    WHERE c.fence = held.fence AND c.leased_until IS NOT NULL
    ORDER BY c.id FOR UPDATE OF c
)
UPDATE conversation c
SET leased_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
    due_at = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
FROM held WHERE c.id = held.id
RETURNING c.id
