-- Only what is missing is tried: a conflict would use up a number, too, and those of terms are 32 bits.
INSERT INTO term (text)
SELECT word FROM (SELECT DISTINCT unnest(%(terms)s::text[]) AS word) AS given
WHERE NOT EXISTS (SELECT FROM term WHERE text = word)
ORDER BY word ON CONFLICT DO NOTHING
