SELECT d.id, d.source, d.title, (SELECT count(*) FROM chunk c WHERE c.document = d.id), d.sample
FROM document d WHERE d.space = ANY(%(spaces)s)
ORDER BY d.added_at DESC, d.id DESC
LIMIT %(limit)s
