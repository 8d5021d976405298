-- Each branch takes its first rows from an index: the backlog is never sorted, however long it is.
SELECT id, array_to_string(title_path, ' › ') || E'\n' || text FROM chunk
WHERE id IN (
    (SELECT id FROM chunk WHERE embedding_model IS NULL ORDER BY id LIMIT %(limit)s)
    UNION ALL
    (SELECT id FROM chunk WHERE embedding_model < %(model)s ORDER BY embedding_model, id LIMIT %(limit)s)
    UNION ALL
    (SELECT id FROM chunk WHERE embedding_model > %(model)s ORDER BY embedding_model, id LIMIT %(limit)s)
)
ORDER BY id LIMIT %(limit)s
