-- Both searches and their union. BM25: Robertson & Zaragoza 2009, k1 = 1.2, b = 0.75,
-- idf = ln(1 + (N - df + 0.5) / (df + 0.5)) as Lucene has it (never negative).
WITH readable AS MATERIALIZED (
    -- At least 20: in a library of two chunks, idf would call every word that both lack the most telling one.
    SELECT coalesce(array_agg(id), ARRAY[]::int[]) AS ids,
           -- How many chunks there are in all is estimated: the rows that say it may not be read.
           coalesce(sum(chunks) <= %(compared)s
                    OR sum(chunks) * 4 < (SELECT reltuples FROM pg_class WHERE oid = 'chunk'::regclass), true) AS few,
           greatest(coalesce(sum(chunks), 0), 20)::float8 AS n,
           greatest(coalesce(sum(terms) / nullif(sum(chunks), 0), 0), 1)::float8 AS average
    FROM space WHERE name = ANY(%(spaces)s)
), wanted AS (
    SELECT DISTINCT ON (asked.text) asked.text, t.id
    FROM unnest(%(terms)s::text[]) AS asked (text) LEFT JOIN term t USING (text)
), counted AS MATERIALIZED (
    SELECT wanted.text, wanted.id, readable.n, coalesce((
        SELECT sum(f.chunks) FROM frequency f
        WHERE f.term = wanted.id AND f.space = ANY((SELECT ids FROM readable)::int[])
    ), 0)::float8 AS df
    FROM wanted, readable
), weighed AS MATERIALIZED (
    SELECT text, id, df, ln(1 + (n - df + 0.5) / (df + 0.5)) AS idf,
           -- From the rarest on, as many terms find chunks as have this many postings together, and the rarest in any
           -- case; the others only weigh what was found. So a word of half the library costs nothing, and what has no
           -- rarer word of the question is left to meaning.
           sum(df) OVER rarest <= %(most)s OR row_number() OVER rarest = 1 AS telling
    FROM counted
    WINDOW rarest AS (ORDER BY df = 0, df, text)
), hit AS (
    SELECT p.chunk,
           sum(w.idf * p.count * 2.2
               / (p.count + 1.2 * (0.25 + 0.75 * p.length / (SELECT average FROM readable)))) AS part
    FROM weighed w CROSS JOIN LATERAL (
        SELECT chunk, count, length FROM posting
        WHERE term = w.id AND space = ANY((SELECT ids FROM readable)::int[])
        LIMIT %(most)s
    ) AS p
    WHERE w.telling AND w.df > 0
    GROUP BY p.chunk
), likely AS (
    SELECT chunk AS id FROM hit ORDER BY part DESC, chunk LIMIT 4 * %(limit)s
), by_meaning AS (
    {by_meaning}
), candidate AS (
    SELECT id FROM likely UNION SELECT id FROM by_meaning
), worded AS MATERIALIZED (
    SELECT candidate.id, coalesce(m.lexical, 0) AS lexical, m.terms
    FROM candidate CROSS JOIN LATERAL (
        SELECT sum(w.idf * p.count * 2.2
                   / (p.count + 1.2 * (0.25 + 0.75 * p.length / (SELECT average FROM readable)))) AS lexical,
               array_agg(w.text) AS terms
        FROM posting p JOIN weighed w ON w.id = p.term
        WHERE p.chunk = candidate.id AND p.term = ANY((SELECT array_agg(id) FROM weighed)::int[])
    ) AS m
), found AS (
    (SELECT id FROM worded WHERE lexical > 0 ORDER BY lexical DESC, id LIMIT %(limit)s)
    UNION SELECT id FROM by_meaning
)
SELECT c.id, c.document, d.source, c.title_path, c.text, d.sample,
       w.lexical::float8, {cosine}, coalesce(w.terms, ARRAY[]::text[]),
       (SELECT jsonb_object_agg(text, idf)::text FROM weighed), d.space,
       extract(epoch FROM d.added_at)::float8, d.owner, c.page
FROM found
JOIN worded w USING (id)
JOIN chunk c ON c.id = found.id
JOIN document d ON d.id = c.document
