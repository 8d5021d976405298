-- Few are kept, so each allowed one is looked at: exact, and as fast as an index up to some ten thousand.
WITH known AS (
    SELECT answer, text, bare, terms,
           CASE WHEN embedding_model = %(model)s AND vector_dims(embedding) = vector_dims(%(vector)s::halfvec)
                THEN 1 - (embedding <=> %(vector)s::halfvec) ELSE 0 END AS cosine
    FROM curated_wording WHERE space = ANY(%(spaces)s)
)
SELECT a.id, a.question, a.answer, a.language, a.space, a.owner, extract(epoch FROM a.expires_at)::float8,
       extract(epoch FROM a.created_at)::float8, known.text, known.bare, known.terms, known.cosine::float8
FROM known JOIN curated_answer a ON a.id = known.answer
WHERE (known.bare = %(bare)s OR known.cosine > 0) AND a.expires_at > clock_timestamp()
ORDER BY known.bare = %(bare)s DESC, known.cosine DESC, a.id
LIMIT %(limit)s
