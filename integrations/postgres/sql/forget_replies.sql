-- The same for replies: what was sent goes, what is open or buried stays.
WITH oldest AS MATERIALIZED (
    SELECT id, status, created_at, settled_at FROM outbox WHERE id > %(after)s ORDER BY id LIMIT %(limit)s
), gone AS MATERIALIZED (
    SELECT id FROM oldest
    WHERE status = 'sent' AND settled_at < statement_timestamp() - make_interval(days => %(days)s)
), replies AS (
    DELETE FROM outbox WHERE id = ANY(ARRAY(SELECT id FROM gone))
)
SELECT max(id), (SELECT count(*) FROM gone),
       coalesce(max(created_at) < statement_timestamp() - make_interval(days => %(days)s), false)
FROM oldest
