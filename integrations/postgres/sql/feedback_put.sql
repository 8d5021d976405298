INSERT INTO feedback (inbox, person, opinion, question, documents)
SELECT id, %(person)s, %(opinion)s, %(question)s, %(documents)s::bigint[] FROM inbox WHERE id = %(inbox)s
ON CONFLICT (inbox, person) DO UPDATE SET opinion = excluded.opinion, at = excluded.at
