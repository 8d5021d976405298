SELECT a.id, a.question, a.answer, a.language, a.space, a.owner, extract(epoch FROM a.expires_at)::float8,
       array_agg(w.text ORDER BY w.ordinal), extract(epoch FROM a.created_at)::float8, a.hits,
       extract(epoch FROM a.last_hit_at)::float8
FROM curated_answer a JOIN curated_wording w ON w.answer = a.id
WHERE (%(spaces)s::text[] IS NULL OR a.space = ANY(%(spaces)s)) AND (%(number)s::bigint IS NULL OR a.id = %(number)s)
GROUP BY a.id ORDER BY a.id
