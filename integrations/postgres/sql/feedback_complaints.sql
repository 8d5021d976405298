-- since: only what was said after the owner was last told, and only where that is a day ago.
WITH said AS (
    SELECT d.id, d.title, d.space, d.owner, f.opinion, f.question, f.at
    FROM feedback f
    CROSS JOIN LATERAL unnest(f.documents) AS cited (document)
    JOIN document d ON d.id = cited.document
    LEFT JOIN feedback_told told ON told.document = d.id
    WHERE f.opinion <> 'useful' AND (%(spaces)s::text[] IS NULL OR d.space = ANY(%(spaces)s))
      AND (NOT %(untold)s OR told.at IS NULL OR (f.at > told.at AND told.at < clock_timestamp() - interval '1 day'))
), counted AS (
    SELECT id, opinion, count(*) AS times FROM said GROUP BY id, opinion
)
SELECT said.id, said.title, said.space, said.owner,
       (SELECT jsonb_object_agg(opinion, times)::text FROM counted WHERE counted.id = said.id),
       (array_agg(DISTINCT said.question))[1:3]
FROM said
GROUP BY said.id, said.title, said.space, said.owner
ORDER BY count(*) DESC, said.id
LIMIT %(limit)s
