WITH held AS (
    SELECT * FROM unnest(%(conversations)s::text[], %(fences)s::bigint[]) AS held (id, fence)
)
UPDATE conversation c
SET leased_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
    due_at = clock_timestamp() + make_interval(secs => %(lease_seconds)s)
FROM held WHERE c.id = held.id AND c.fence = held.fence AND c.leased_until IS NOT NULL
RETURNING c.id
