-- All chunks of a document with their terms and postings, whatever their number: one statement.
WITH place AS (
    SELECT id FROM space WHERE name = %(space)s
), piece AS (
    SELECT ordinal, path, body, terms, page
    FROM unnest(%(paths)s::jsonb[], %(texts)s::text[], %(terms)s::jsonb[], %(pages)s::int[])
         WITH ORDINALITY AS piece (path, body, terms, page, ordinal)
), kept AS (
    INSERT INTO chunk (document, ordinal, title_path, text, space, length, page)
    SELECT %(document)s, ordinal, ARRAY(SELECT jsonb_array_elements_text(path)), body, place.id,
           jsonb_array_length(terms), page
    FROM piece, place
    RETURNING id, ordinal, length
), counted AS MATERIALIZED (
    SELECT kept.id AS chunk, kept.length, term.id AS term, least(count(*), 32767)::smallint AS count
    FROM piece JOIN kept USING (ordinal), jsonb_array_elements_text(piece.terms) AS word (text) JOIN term USING (text)
    GROUP BY kept.id, kept.length, term.id
), more AS (
    INSERT INTO frequency (term, space, chunks)
    SELECT term, place.id, count(*) FROM counted, place GROUP BY term, place.id ORDER BY term
    ON CONFLICT (term, space) DO UPDATE SET chunks = frequency.chunks + excluded.chunks
)
INSERT INTO posting (chunk, term, space, length, count)
SELECT chunk, term, place.id, least(length, 32767), count FROM counted, place ORDER BY term
