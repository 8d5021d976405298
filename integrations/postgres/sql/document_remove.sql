WITH counted AS (
    SELECT count(*) AS chunks FROM chunk WHERE document = %(document)s
)
DELETE FROM document WHERE id = %(document)s AND space = ANY(%(spaces)s)
RETURNING id, source, title, (SELECT chunks FROM counted), sample
