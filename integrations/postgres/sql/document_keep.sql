-- The first real document removes the sample; a document of the same source is replaced, chunks and postings with it.
WITH unsampled AS (
    DELETE FROM document WHERE sample AND NOT %(sample)s
)
INSERT INTO document (source, title, digest, space, owner, sample)
VALUES (%(source)s, %(title)s, %(digest)s, %(space)s, %(owner)s, %(sample)s)
ON CONFLICT (space, source) DO UPDATE
SET title = excluded.title, digest = excluded.digest, owner = excluded.owner, sample = excluded.sample,
    added_at = clock_timestamp()
RETURNING id
