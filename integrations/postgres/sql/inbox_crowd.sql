-- How many wait in the whole house and in one workspace, up to limits; in the order of the one index that has only these.
-- Until the next vacuum the index also has the entries of what was settled since the last: so this is asked once a second.
-- And the pace, where more than a few wait: what workers settled a second, over the last minute or the last 6,000 turns if
-- those are younger. What the door itself or its person settled needed no worker. NULL where nothing was: nobody knows then.
WITH house AS MATERIALIZED (
    SELECT count(*) AS events FROM (
        SELECT FROM inbox WHERE settled_at IS NULL ORDER BY person, id LIMIT %(most)s
    ) AS unsettled
)
SELECT house.events,
       (SELECT count(*) FROM (
            SELECT FROM inbox WHERE settled_at IS NULL AND person >= %(workspace)s AND person < %(workspace_end)s
            ORDER BY person, id LIMIT 500
        ) AS workspace),
       CASE WHEN house.events > %(least)s THEN (
            SELECT nullif(count(*) FILTER (WHERE action NOT IN ('Refused', 'TurnAway', 'Stopped', 'Deleted')), 0)
                   / greatest(extract(epoch FROM clock_timestamp() - min(at)), 1)::float8
            FROM (SELECT action, at FROM turn ORDER BY id DESC LIMIT 6000) AS latest
            WHERE at > clock_timestamp() - interval '1 minute'
        ) END
FROM house
