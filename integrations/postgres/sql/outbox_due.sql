SELECT count(*) FROM outbox
WHERE status IN ('queued', 'sending', 'deferred')
  AND due_at <= clock_timestamp()
  AND (leased_until IS NULL OR leased_until < clock_timestamp())
