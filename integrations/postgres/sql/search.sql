-- Both searches and their union in one round trip. BM25: Robertson & Zaragoza 2009, k1 = 1.2, b = 0.75,
-- idf = ln(1 + (N - df + 0.5) / (df + 0.5)) as Lucene has it (never negative).
WITH readable AS (
    -- At least 20: in a library of two chunks, idf would call every word that both lack the most telling one.
    SELECT greatest(coalesce(sum(chunks), 0), 20)::float8 AS n,
           greatest(coalesce(sum(terms) / nullif(sum(chunks), 0), 0), 1)::float8 AS average
    FROM space_size WHERE space = ANY(%(spaces)s)
), wanted AS (
    SELECT DISTINCT ON (asked.text) asked.text, t.id
    FROM unnest(%(terms)s::text[]) AS asked (text) LEFT JOIN term t USING (text)
), hit AS MATERIALIZED (
    -- The only look at the postings: how rare each term is and the scores both come out of it.
    SELECT p.term, p.chunk, p.count, p.length
    FROM wanted JOIN posting p ON p.term = wanted.id
    WHERE p.space = ANY(%(spaces)s)
), frequency AS (
    SELECT term, count(*)::float8 AS df FROM hit GROUP BY term
), weighed AS (
    SELECT wanted.text, wanted.id,
           ln(1 + (readable.n - coalesce(df, 0) + 0.5) / (coalesce(df, 0) + 0.5)) AS idf
    FROM readable, wanted LEFT JOIN frequency ON frequency.term = wanted.id
), worded AS (
    SELECT h.chunk AS id,
           sum(w.idf * h.count * 2.2 / (h.count + 1.2 * (0.25 + 0.75 * h.length / readable.average))) AS lexical
    FROM weighed w JOIN hit h ON h.term = w.id, readable
    GROUP BY h.chunk
), by_words AS (
    SELECT id FROM worded ORDER BY lexical DESC, id LIMIT %(limit)s
), by_meaning AS (
    {by_meaning}
), found AS (
    SELECT id FROM by_words UNION SELECT id FROM by_meaning
), matched AS (
    SELECT h.chunk AS id, array_agg(w.text) AS terms
    FROM found JOIN hit h ON h.chunk = found.id JOIN weighed w ON w.id = h.term
    GROUP BY h.chunk
)
SELECT c.id, c.document, d.source, c.title_path, c.text, d.sample,
       coalesce(w.lexical, 0)::float8, {cosine}, coalesce(m.terms, ARRAY[]::text[]),
       (SELECT jsonb_object_agg(text, idf)::text FROM weighed), c.page
FROM found
JOIN chunk c ON c.id = found.id
JOIN document d ON d.id = c.document
LEFT JOIN worded w ON w.id = c.id
LEFT JOIN matched m ON m.id = c.id
