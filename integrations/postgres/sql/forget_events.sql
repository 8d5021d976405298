-- The oldest events behind `after`, in the order in which they came: those settled so many days ago go, each with its turn.
-- By number, not by time: the primary key has that order, and no index more has to be kept up for it.
WITH oldest AS MATERIALIZED (
    SELECT id, received_at, settled_at FROM inbox WHERE id > %(after)s ORDER BY id LIMIT %(limit)s
), gone AS MATERIALIZED (
    SELECT id FROM oldest WHERE settled_at < statement_timestamp() - make_interval(days => %(days)s)
), turns AS (
    DELETE FROM turn WHERE inbox = ANY(ARRAY(SELECT id FROM gone))
), events AS (
    DELETE FROM inbox WHERE id = ANY(ARRAY(SELECT id FROM gone))
)
SELECT max(id), (SELECT count(*) FROM gone),
       coalesce(max(received_at) < statement_timestamp() - make_interval(days => %(days)s), false)
FROM oldest
