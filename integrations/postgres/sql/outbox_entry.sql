SELECT id, key, conversation, status, attempts, uncertain, extract(epoch FROM created_at)::float,
       extract(epoch FROM due_at)::float, why, reference, message::text
FROM outbox
WHERE id = %(id)s
