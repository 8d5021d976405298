-- What waits is in three ranges of an index, all of them short as a rule: never is every chunk looked at for it.
WITH counted AS (
    SELECT id, name, chunks FROM space WHERE %(spaces)s::text[] IS NULL OR name = ANY(%(spaces)s)
), waiting AS (
    SELECT space FROM chunk WHERE embedding_model IS NULL
    UNION ALL SELECT space FROM chunk WHERE embedding_model < %(model)s
    UNION ALL SELECT space FROM chunk WHERE embedding_model > %(model)s
)
SELECT (SELECT count(*) FROM document WHERE space IN (SELECT name FROM counted)),
       (SELECT coalesce(sum(chunks), 0)::bigint FROM counted),
       (SELECT count(*) FROM waiting WHERE space IN (SELECT id FROM counted))
