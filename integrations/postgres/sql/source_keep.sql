-- Given again, a source is looked at as it was given last. A schedule makes it due; without one the old schedule stays.
INSERT INTO source (kind, location, space, trusted, every, due_at, added_by)
VALUES (%(kind)s, %(location)s, %(space)s, %(trusted)s, %(every)s,
        CASE WHEN %(every)s::float8 IS NOT NULL THEN clock_timestamp() END, %(by)s)
ON CONFLICT (space, location) DO UPDATE
SET kind = excluded.kind, trusted = excluded.trusted,
    every = coalesce(excluded.every, source.every), due_at = coalesce(excluded.due_at, source.due_at)
RETURNING id
