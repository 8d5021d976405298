-- Both searches and their union in one round trip. BM25: Robertson & Zaragoza 2009, k1 = 1.2, b = 0.75,
-- idf = ln(1 + (N - df + 0.5) / (df + 0.5)) as Lucene has it (never negative).
WITH readable AS (
    -- At least 20: in a library of two chunks, idf would call every word that both lack the most telling one.
    SELECT greatest(count(*), 20)::float8 AS n, greatest(avg(length), 1)::float8 AS average FROM chunk WHERE space = ANY(%(spaces)s)
), asked AS (
    SELECT wanted.text, t.id,
           (SELECT count(*) FROM posting p JOIN chunk c ON c.id = p.chunk
            WHERE p.term = t.id AND c.space = ANY(%(spaces)s))::float8 AS df
    FROM (SELECT DISTINCT unnest(%(terms)s::text[]) AS text) wanted LEFT JOIN term t ON t.text = wanted.text
), weighed AS (
    SELECT asked.text, asked.id, ln(1 + (readable.n - asked.df + 0.5) / (asked.df + 0.5)) AS idf
    FROM asked, readable
), worded AS (
    SELECT p.chunk AS id,
           sum(w.idf * p.count * 2.2 / (p.count + 1.2 * (0.25 + 0.75 * c.length / readable.average))) AS lexical,
           array_agg(w.text) AS matched
    FROM weighed w JOIN posting p ON p.term = w.id JOIN chunk c ON c.id = p.chunk, readable
    WHERE c.space = ANY(%(spaces)s)
    GROUP BY p.chunk
), by_words AS (
    SELECT id FROM worded ORDER BY lexical DESC, id LIMIT %(limit)s
), by_meaning AS (
    {by_meaning}
), found AS (
    SELECT id FROM by_words UNION SELECT id FROM by_meaning
)
SELECT c.id, c.document, d.source, c.title_path, c.text, d.sample,
       coalesce(w.lexical, 0)::float8, {cosine}, coalesce(w.matched, '{{}}'),
       (SELECT jsonb_object_agg(text, idf) FROM weighed)
FROM found
JOIN chunk c ON c.id = found.id
JOIN document d ON d.id = c.document
LEFT JOIN worded w ON w.id = c.id
