SELECT (SELECT count(*) FROM document),
       (SELECT coalesce(sum(chunks), 0)::bigint FROM space_size),
       (SELECT count(*) FROM chunk WHERE embedding_model IS NULL)
