SELECT DISTINCT text FROM curated_wording WHERE embedding_model IS DISTINCT FROM %(model)s ORDER BY text LIMIT %(limit)s
