UPDATE outbox
SET status = 'sent', reference = %(reference)s, settled_at = clock_timestamp()
WHERE id = %(id)s AND fence = %(fence)s AND status = 'sending'
RETURNING EXISTS (
    SELECT FROM outbox next
    WHERE next.conversation = outbox.conversation AND next.status IN ('queued', 'sending', 'deferred')
      AND next.id > outbox.id
)
