-- How many wait in the whole house and in one workspace, up to limits; in the order of the one index that has only these.
-- Until the next vacuum the index also has the entries of what was settled since the last: so this is asked once a second.
SELECT (SELECT count(*) FROM (
            SELECT FROM inbox WHERE settled_at IS NULL ORDER BY person, id LIMIT %(most)s
        ) AS house),
       (SELECT count(*) FROM (
            SELECT FROM inbox WHERE settled_at IS NULL AND person >= %(workspace)s AND person < %(workspace_end)s
            ORDER BY person, id LIMIT 500
        ) AS workspace)
