-- All chunks of a document with their terms and postings, whatever their number: one statement.
WITH piece AS (
    SELECT ordinal, path, body, terms
    FROM unnest(%(paths)s::jsonb[], %(texts)s::text[], %(terms)s::jsonb[])
         WITH ORDINALITY AS piece (path, body, terms, ordinal)
), kept AS (
    INSERT INTO chunk (document, ordinal, title_path, text, space, length)
    SELECT %(document)s, ordinal, ARRAY(SELECT jsonb_array_elements_text(path)), body, %(space)s,
           jsonb_array_length(terms)
    FROM piece
    RETURNING id, ordinal
), counted AS (
    SELECT kept.id AS chunk, word.text, least(count(*), 32767)::smallint AS count
    FROM piece JOIN kept USING (ordinal), jsonb_array_elements_text(piece.terms) AS word (text)
    GROUP BY kept.id, word.text
)
INSERT INTO posting (term, chunk, count)
SELECT term.id, counted.chunk, counted.count FROM counted JOIN term USING (text)
