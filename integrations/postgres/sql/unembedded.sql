SELECT id, array_to_string(title_path, ' › ') || E'\n' || text FROM chunk
WHERE embedding IS NULL OR embedding_model <> %(model)s
ORDER BY id LIMIT %(limit)s
