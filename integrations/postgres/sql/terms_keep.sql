INSERT INTO term (text) SELECT DISTINCT unnest(%(terms)s::text[]) AS word ORDER BY word ON CONFLICT DO NOTHING
