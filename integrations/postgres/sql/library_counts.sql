-- What waits is in three ranges of an index, all of them short as a rule: never is every chunk looked at for it.
SELECT (SELECT count(*) FROM document),
       (SELECT coalesce(sum(chunks), 0)::bigint FROM space_size),
       (SELECT count(*) FROM chunk WHERE embedding_model IS NULL)
           + (SELECT count(*) FROM chunk WHERE embedding_model < %(model)s)
           + (SELECT count(*) FROM chunk WHERE embedding_model > %(model)s)
