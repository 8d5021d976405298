WITH oldest AS MATERIALIZED (
    SELECT id, at FROM audit WHERE id > %(after)s ORDER BY id LIMIT %(limit)s
), gone AS MATERIALIZED (
    SELECT id FROM oldest WHERE at < statement_timestamp() - make_interval(days => %(days)s)
), lines AS (
    DELETE FROM audit WHERE id = ANY(ARRAY(SELECT id FROM gone))
)
SELECT max(id), (SELECT count(*) FROM gone),
       coalesce(max(at) < statement_timestamp() - make_interval(days => %(days)s), false)
FROM oldest
