INSERT INTO curated_wording (answer, ordinal, text, bare, space, terms, embedding, embedding_model)
SELECT a.id, (SELECT count(*) FROM curated_wording WHERE answer = a.id), %(text)s, %(bare)s, a.space,
       %(terms)s::text[], %(vector)s::halfvec, %(model)s
FROM curated_answer a WHERE a.id = %(answer)s
ON CONFLICT (space, bare) DO NOTHING
