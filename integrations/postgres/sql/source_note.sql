-- Whoever lost the claim to a later look changes neither it nor its items.
WITH mine AS (
    UPDATE source SET leased_until = clock_timestamp() + make_interval(secs => %(seconds)s)
    WHERE id = %(source)s AND run = %(run)s
    RETURNING id
)
INSERT INTO source_item (source, name, version, document, trouble, run)
SELECT mine.id, %(name)s, %(version)s,
       (SELECT d.id FROM document d WHERE d.space = %(space)s AND d.source = %(name)s), %(trouble)s, %(run)s
FROM mine
ON CONFLICT (source, name) DO UPDATE
SET version = excluded.version, document = excluded.document, trouble = excluded.trouble, run = excluded.run
