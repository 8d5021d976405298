DELETE FROM outbox WHERE id = %(id)s AND status IN ('queued', 'deferred', 'buried')
