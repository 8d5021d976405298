-- Repeated after a lost answer it finds its own row again: the second condition.
UPDATE outbox
SET status = 'sent', reference = %(posted)s, settled_at = clock_timestamp()
WHERE id = %(id)s AND fence = %(fence)s AND (status = 'sending' OR status = 'sent' AND reference = %(posted)s)
RETURNING EXISTS (
    SELECT FROM outbox next
    WHERE next.conversation = outbox.conversation AND next.status IN ('queued', 'sending', 'deferred')
      AND next.id > outbox.id
)
