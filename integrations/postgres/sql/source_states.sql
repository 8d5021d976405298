SELECT s.id, s.kind, s.location, s.space, s.trusted, s.run,
       (SELECT count(*) FROM source_item i WHERE i.source = s.id AND i.document IS NOT NULL),
       s.every, extract(epoch FROM s.last_run_at)::float8, extract(epoch FROM s.due_at)::float8, s.tally, s.trouble,
       coalesce(s.leased_until > clock_timestamp(), false)
FROM source s
WHERE %(spaces)s::text[] IS NULL OR s.space = ANY(%(spaces)s)
ORDER BY s.id
