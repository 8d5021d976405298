SELECT EXISTS (SELECT FROM outbox WHERE status IN ('queued', 'sending', 'deferred') AND due_at <= clock_timestamp())
