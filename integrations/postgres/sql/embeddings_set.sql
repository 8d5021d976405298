UPDATE chunk SET embedding = new.embedding::halfvec, embedding_model = %(model)s
FROM unnest(%(ids)s::bigint[], %(embeddings)s::text[]) AS new (id, embedding)
WHERE chunk.id = new.id
