UPDATE outbox
SET status = 'queued', attempts = 0, failures = 0, settled_at = NULL, due_at = clock_timestamp()
WHERE id = %(id)s AND status IN ('deferred', 'buried')
