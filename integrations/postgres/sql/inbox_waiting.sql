SELECT count(DISTINCT i.conversation)
FROM inbox i JOIN conversation c ON c.id = i.conversation
WHERE i.settled_at IS NULL
  AND i.due_at <= clock_timestamp()
  AND (c.leased_until IS NULL OR c.leased_until < clock_timestamp())
