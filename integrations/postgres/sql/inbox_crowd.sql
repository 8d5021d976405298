-- How many wait in the whole house, up to a limit; in the order of the one index that has only these.
SELECT count(*) FROM (SELECT FROM inbox WHERE settled_at IS NULL ORDER BY person, id LIMIT %(most)s) AS unsettled
