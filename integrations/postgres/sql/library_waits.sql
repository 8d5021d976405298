-- Three ranges of chunk_model, of which each is looked at for its first entry only.
SELECT EXISTS (SELECT FROM chunk WHERE embedding_model IS NULL)
    OR EXISTS (SELECT FROM chunk WHERE embedding_model < %(model)s)
    OR EXISTS (SELECT FROM chunk WHERE embedding_model > %(model)s)
