-- All chunks of a document with their terms and postings, whatever their number: one statement.
WITH piece AS (
    SELECT ordinal, path, body, terms, page
    FROM unnest(%(paths)s::jsonb[], %(texts)s::text[], %(terms)s::jsonb[], %(pages)s::int[])
         WITH ORDINALITY AS piece (path, body, terms, page, ordinal)
), kept AS (
    INSERT INTO chunk (document, ordinal, title_path, text, space, length, page)
    SELECT %(document)s, ordinal, ARRAY(SELECT jsonb_array_elements_text(path)), body, %(space)s,
           jsonb_array_length(terms), page
    FROM piece
    RETURNING id, ordinal, length
), counted AS (
    SELECT kept.id AS chunk, kept.length, word.text, least(count(*), 32767)::smallint AS count
    FROM piece JOIN kept USING (ordinal), jsonb_array_elements_text(piece.terms) AS word (text)
    GROUP BY kept.id, kept.length, word.text
)
INSERT INTO posting (term, chunk, length, count, space)
SELECT term.id, counted.chunk, counted.length, counted.count, %(space)s FROM counted JOIN term USING (text)
